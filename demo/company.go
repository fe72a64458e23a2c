package demo

// The company of the demo: what it sells, where, through whom. Weights are relative numbers;
// factors are thousandths. Everything is whole numbers, so that each machine makes the same data.

type tenant struct {
	id, name, sector, plan string
	orders                 int // on an average day of the first year
	growth                 int // in thousandths a year
	online                 int // thousandths of orders that come in online on the first day
	categories             [5]int
	regions                [4]int // by area: North, West, Central, South
}

var tenants = []tenant{
	{"ALDER", "Alder Foods", "Grocery", "Enterprise", 54, 120, 360, [5]int{70, 0, 6, 22, 2}, [4]int{40, 25, 20, 15}},
	{"BIRCH", "Birchline Outfitters", "Sport", "Enterprise", 40, 210, 520, [5]int{4, 74, 10, 0, 12}, [4]int{30, 20, 35, 15}},
	{"COBALT", "Cobalt Home", "Interior", "Growth", 35, 60, 430, [5]int{0, 0, 62, 24, 14}, [4]int{20, 40, 25, 15}},
	{"DUNMORE", "Dunmore Supply", "Wholesale", "Growth", 30, 90, 250, [5]int{26, 18, 20, 18, 18}, [4]int{10, 45, 15, 30}},
	{"EMBER", "Ember Kitchen", "Hospitality", "Starter", 24, 320, 600, [5]int{18, 0, 10, 72, 0}, [4]int{15, 20, 25, 40}},
	{"FERNHILL", "Fernhill Garden", "Garden", "Starter", 20, 160, 480, [5]int{0, 18, 14, 4, 64}, [4]int{25, 30, 30, 15}},
}

type region struct {
	area, country, manager string
	weight                 int // inside its area
}

var areas = []string{"North", "West", "Central", "South"}

// regions are numbered from 1 in this order.
var regions = []region{
	{"North", "Sweden", "Nora Lindholm", 40},
	{"North", "Norway", "Nora Lindholm", 25},
	{"North", "Denmark", "Jonas Friis", 20},
	{"North", "Finland", "Jonas Friis", 15},
	{"West", "United Kingdom", "Wesley Harcourt", 40},
	{"West", "Ireland", "Wesley Harcourt", 15},
	{"West", "France", "Margot Delorme", 30},
	{"West", "Netherlands", "Margot Delorme", 15},
	{"Central", "Germany", "Carsten Vogel", 50},
	{"Central", "Austria", "Carsten Vogel", 20},
	{"Central", "Switzerland", "Ines Baumann", 15},
	{"Central", "Poland", "Ines Baumann", 15},
	{"South", "Spain", "Sofia Marques", 35},
	{"South", "Italy", "Sofia Marques", 35},
	{"South", "Portugal", "Theo Galanis", 15},
	{"South", "Greece", "Theo Galanis", 15},
}

// categories are ordered as in tenant.categories; season is by month, in thousandths.
var categories = []struct {
	name   string
	season [12]int
}{
	{"Pantry", [12]int{980, 960, 990, 1010, 990, 960, 930, 930, 980, 1030, 1100, 1240}},
	{"Outdoor", [12]int{620, 680, 880, 1120, 1330, 1420, 1400, 1220, 960, 800, 780, 890}},
	{"Home", [12]int{1010, 930, 940, 930, 920, 880, 840, 890, 1010, 1110, 1290, 1250}},
	{"Kitchen", [12]int{900, 900, 950, 960, 970, 930, 890, 900, 990, 1060, 1240, 1410}},
	{"Garden", [12]int{420, 600, 1150, 1560, 1640, 1400, 1130, 960, 910, 770, 640, 620}},
}

// channels are the rows of the Channel table, which is data that was entered in the model.
var channels = []string{"Online", "Store", "Partner"}

type product struct {
	name, category, subcategory string
	price, cost                 int // in cents
}

// products are numbered from 1 in this order: eight of each category, the best seller first.
var products = []product{
	{"Rolled Oats 5 kg", "Pantry", "Grains", 1490, 960},
	{"Basmati Rice 10 kg", "Pantry", "Grains", 2690, 1810},
	{"Olive Oil 3 l", "Pantry", "Oils", 3250, 2240},
	{"Sunflower Oil 5 l", "Pantry", "Oils", 1390, 1020},
	{"Ground Coffee 1 kg", "Pantry", "Drinks", 1890, 1120},
	{"Green Tea 500 g", "Pantry", "Drinks", 1650, 840},
	{"Wildflower Honey 2 kg", "Pantry", "Spreads", 2290, 1430},
	{"Hazelnut Spread 1 kg", "Pantry", "Spreads", 1190, 790},
	{"Daypack 24 l", "Outdoor", "Packs", 6900, 3650},
	{"Trekking Pack 55 l", "Outdoor", "Packs", 16900, 9700},
	{"Ridge Tent 2 P", "Outdoor", "Shelter", 22900, 14100},
	{"Tarp 3 x 3 m", "Outdoor", "Shelter", 5900, 3100},
	{"Down Sleeping Bag", "Outdoor", "Sleeping", 18900, 11800},
	{"Foam Mat", "Outdoor", "Sleeping", 2900, 1250},
	{"Camp Stove", "Outdoor", "Camp Kitchen", 7900, 4600},
	{"Insulated Bottle 1 l", "Outdoor", "Camp Kitchen", 2690, 1170},
	{"Wool Throw", "Home", "Textiles", 5490, 2700},
	{"Linen Bed Set", "Home", "Textiles", 11900, 6200},
	{"Desk Lamp", "Home", "Lighting", 4900, 2550},
	{"Floor Lamp", "Home", "Lighting", 12900, 7700},
	{"Oak Side Table", "Home", "Furniture", 14900, 9600},
	{"Wall Shelf 90 cm", "Home", "Furniture", 6490, 3900},
	{"Storage Basket", "Home", "Storage", 1990, 860},
	{"Coat Rack", "Home", "Storage", 5290, 2880},
	{"Cast Iron Pan 28 cm", "Kitchen", "Cookware", 5990, 3300},
	{"Stock Pot 8 l", "Kitchen", "Cookware", 8490, 5150},
	{"Chef Knife 20 cm", "Kitchen", "Knives", 7490, 3800},
	{"Paring Knife", "Kitchen", "Knives", 2490, 1080},
	{"Hand Blender", "Kitchen", "Appliances", 6990, 4700},
	{"Espresso Grinder", "Kitchen", "Appliances", 18900, 13200},
	{"Cutting Board", "Kitchen", "Tools", 3490, 1650},
	{"Kitchen Scale", "Kitchen", "Tools", 2990, 1590},
	{"Pruning Shears", "Garden", "Hand Tools", 3290, 1480},
	{"Digging Fork", "Garden", "Hand Tools", 4490, 2390},
	{"Raised Bed 120 cm", "Garden", "Beds and Pots", 9900, 6150},
	{"Terracotta Pot 30 cm", "Garden", "Beds and Pots", 1890, 830},
	{"Drip Hose 25 m", "Garden", "Watering", 3990, 2080},
	{"Watering Can 10 l", "Garden", "Watering", 2590, 1190},
	{"Folding Bench", "Garden", "Furniture", 13900, 9200},
	{"Bistro Table", "Garden", "Furniture", 11900, 7500},
}

// access is the security table: which user belongs to which tenant. A user may have several.
var access = []struct{ user, tenant string }{
	{"amira@alderfoods.example.com", "ALDER"},
	{"stefan@alderfoods.example.com", "ALDER"},
	{"bruno@birchline.example.com", "BIRCH"},
	{"ines@birchline.example.com", "BIRCH"},
	{"carla@cobalthome.example.com", "COBALT"},
	{"declan@dunmore.example.com", "DUNMORE"},
	{"elena@emberkitchen.example.com", "EMBER"},
	{"finn@fernhill.example.com", "FERNHILL"},
	{"petra@twinpartners.example.com", "COBALT"},
	{"petra@twinpartners.example.com", "EMBER"},
}
