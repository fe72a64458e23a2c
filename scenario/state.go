package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"inlay/world"
)

const formType = "application/x-www-form-urlencoded"

// form is a form's body of lines "name = value".
func form(text string) string {
	values := url.Values{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, "=")
		values.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return values.Encode()
}

// signIn signs in at the token endpoint, once for each name.
func (b *Bench) signIn(name string) (string, error) {
	if token := b.token[name]; token != "" {
		return token, nil
	}
	who, ok := b.made.Secrets[name]
	if !ok {
		return "", fmt.Errorf("there is no %q in the world who could sign in", name)
	}
	fields := url.Values{"grant_type": {"client_credentials"}, "client_id": {who[0]}, "client_secret": {who[1]}, "scope": {"https://analysis.windows.net/powerbi/api/.default"}}
	if strings.Contains(who[0], "@") {
		fields = url.Values{"grant_type": {"password"}, "client_id": {b.client}, "username": {who[0]}, "password": {who[1]}, "scope": {"https://analysis.windows.net/powerbi/api/.default openid"}}
	}
	w := b.Do("POST", "/"+b.Server.TenantID()+"/oauth2/v2.0/token", http.Header{"Content-Type": {formType}}, fields.Encode())
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.AccessToken == "" {
		return "", fmt.Errorf("%s cannot sign in: %d %s", name, w.Code, w.Body)
	}
	b.token[name] = got.AccessToken
	return got.AccessToken, nil
}

// restart stops the server and starts it on the same data folder. With a tenant, the folder's
// tenant is another one then: as if its keys had come from elsewhere.
func (b *Bench) restart(tenant string) error {
	if err := b.Server.Close(); err != nil {
		return err
	}
	if tenant != "" {
		if err := os.WriteFile(filepath.Join(b.cfg.Data, "tenant"), []byte(tenant+"\n"), 0o600); err != nil {
			return err
		}
	}
	return b.start(context.Background())
}

// appoint restarts the server with the applications among its administrators, whose client ids
// exist only now.
func (b *Bench) appoint(w *world.World) error {
	before := len(b.cfg.Administrators)
	for _, p := range w.Principals {
		if p.App && slices.Contains(w.Administrators, p.Name) {
			b.cfg.Administrators = append(b.cfg.Administrators, b.made.Secrets[p.Name][0])
		}
	}
	if len(b.cfg.Administrators) == before {
		return nil
	}
	return b.restart("")
}

// seal makes a token that the rules would not give.
func (b *Bench) seal(grant string) error {
	if b.Seal == nil {
		return fmt.Errorf("nothing here seals tokens")
	}
	text, err := b.expand(grant)
	if err != nil {
		return err
	}
	b.embed, err = b.Seal(filepath.Join(b.cfg.Data, "keys"), []byte(text))
	return err
}
