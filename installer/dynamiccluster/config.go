package dynamiccluster

import (
	"runtime/debug"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// module is the one whose version is the user agent's.
const module = "github.com/packstage/packstage"

// withDefaults returns a copy of a configuration that a dynamic client can use.
func withDefaults(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	if config.QPS == 0 && config.RateLimiter == nil {
		config.QPS = -1
	}
	if config.UserAgent == "" {
		config.UserAgent = userAgent()
	}
	if config.WarningHandler == nil && config.WarningHandlerWithContext == nil {
		config.WarningHandler = rest.NoWarnings{}
	}
	config.GroupVersion = nil
	return dynamic.ConfigFor(config)
}

// userAgent returns "packstage/" and the version that is linked, where it is known.
func userAgent() string {
	const name = "packstage"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return name
	}
	version := ""
	if info.Main.Path == module {
		version = info.Main.Version
	}
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			version = dependency.Version
		}
	}
	if version == "" || version == "(devel)" {
		return name
	}
	return name + "/" + version
}

// once is a client whose requests are made once: see the package's documentation.
type once struct{ rest.Interface }

func (c once) Verb(verb string) *rest.Request { return c.Interface.Verb(verb).MaxRetries(0) }
func (c once) Post() *rest.Request            { return c.Interface.Post().MaxRetries(0) }
func (c once) Put() *rest.Request             { return c.Interface.Put().MaxRetries(0) }
func (c once) Get() *rest.Request             { return c.Interface.Get().MaxRetries(0) }
func (c once) Delete() *rest.Request          { return c.Interface.Delete().MaxRetries(0) }
func (c once) Patch(patch types.PatchType) *rest.Request {
	return c.Interface.Patch(patch).MaxRetries(0)
}
