package demo

// Viewer is somebody for whom the demo's application asks for a token. An application of
// one's own has a signed-in user in this place.
type Viewer struct {
	ID          string   `json:"id"`
	Label       string   `json:"label"`
	Description string   `json:"description"`
	Username    string   `json:"username"`
	Roles       []string `json:"roles"`
}

// Names of the model's roles.
const (
	roleMembers    = "Tenant members"
	roleNorth      = "North only"
	roleEverything = "Everything"
)

// Viewers are those that the demo page offers. Each has one role: two roles beside a security
// filter in both directions are refused, as the service does.
func Viewers() []Viewer {
	return []Viewer{
		{"amira", "Amira, Alder Foods", "Works for one tenant and sees its sales", "amira@alderfoods.example.com", []string{roleMembers}},
		{"bruno", "Bruno, Birchline Outfitters", "Works for another tenant: same report, other rows", "bruno@birchline.example.com", []string{roleMembers}},
		{"petra", "Petra, two tenants", "Looks after Cobalt Home and Ember Kitchen", "petra@twinpartners.example.com", []string{roleMembers}},
		{"nora", "Nora, region North", "Sees all tenants, in the north only: a static role", "nora@brightwater.example.com", []string{roleNorth}},
		{"hedda", "Hedda, head office", "Sees everything: a role without a filter", "hedda@brightwater.example.com", []string{roleEverything}},
		{"zoe", "Zoe, nobody's member", "Has the role of members and no tenant: sees no row", "zoe@newcomer.example.com", []string{roleMembers}},
	}
}

// The viewers that the demo page shows first, side by side.
const (
	left  = "amira"
	right = "bruno"
)

// Identities are the viewers as token requests name them.
func Identities() []Identity {
	var list []Identity
	for _, v := range Viewers() {
		list = append(list, Identity{v.Username, v.Roles})
	}
	return list
}

// viewer finds a viewer by id.
func viewer(id string) (Viewer, bool) {
	for _, v := range Viewers() {
		if v.ID == id {
			return v, true
		}
	}
	return Viewer{}, false
}
