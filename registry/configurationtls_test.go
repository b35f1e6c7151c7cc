package registry_test

import (
	"crypto/tls"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/registry"
	"github.com/packstage/packstage/registry/registrytest"
)

func TestHostSettingsTLS(t *testing.T) {
	t.Parallel()
	authority := registrytest.NewAuthority(t)
	files := authority.WriteFiles(t)
	other := registrytest.NewAuthority(t).WriteFiles(t)
	base := &tls.Config{ServerName: "kept"}
	config, err := registry.HostSettings{
		CAFile: files.Authority, ClientCertificateFile: files.ClientCertificate, ClientKeyFile: files.ClientKey,
	}.TLS(base)
	require.NoError(t, err)
	assert.Len(t, config.Certificates, 1)
	assert.NotNil(t, config.RootCAs)
	assert.Equal(t, "kept", config.ServerName)
	assert.Nil(t, base.RootCAs, "the base is not changed")
	skipping, err := registry.HostSettings{SkipTLSVerify: true}.TLS(nil)
	require.NoError(t, err)
	assert.True(t, skipping.InsecureSkipVerify)

	folder := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	block, _ := pem.Decode(authority.PEM())
	text := write("text.pem", []byte("hello"))
	der := write("ca.der", block.Bytes)
	broken := write("broken.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	encrypted := write("encrypted.pem", pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}))
	brokenKey := write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("secret")}))
	for want, settings := range map[string]registry.HostSettings{
		"no such file":                          {CAFile: filepath.Join(folder, "gone.pem")},
		"text.pem holds no certificate":         {CAFile: text},
		"in DER form":                           {CAFile: der},
		"certificate 1 does not parse":          {CAFile: broken},
		"it is a folder":                        {CAFile: folder},
		"the key for it is missing":             {ClientCertificateFile: files.ClientCertificate},
		"the certificate for it is missing":     {ClientKeyFile: files.ClientKey},
		"is not the key of the certificate in":  {ClientCertificateFile: files.ClientCertificate, ClientKeyFile: other.ClientKey},
		"is encrypted":                          {ClientCertificateFile: files.ClientCertificate, ClientKeyFile: encrypted},
		"holds a private key that does not":     {ClientCertificateFile: files.ClientCertificate, ClientKeyFile: brokenKey},
		"holds no private key in PEM form":      {ClientCertificateFile: files.ClientCertificate, ClientKeyFile: text},
		"client-key.pem holds no certificate i": {ClientCertificateFile: files.ClientKey, ClientKeyFile: files.ClientKey},
	} {
		_, err := settings.TLS(nil)
		require.Error(t, err, want)
		assert.Contains(t, err.Error(), want)
		assert.NotContains(t, err.Error(), "secret")
	}
}
