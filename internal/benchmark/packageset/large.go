package packageset

import "fmt"

// Large generates an application of 1000 files with three objects each, every
// second file a template. A third of the objects have a condition; there are 20
// different ones.
func Large() Set {
	set := Set{
		Name:        "large",
		Description: "500 templates and 500 static files, 3,000 objects, 1,000 of them with one of 20 conditions",
		Files: map[string][]byte{
			"manifest.yaml":      []byte(platformManifest("large")),
			"manifest.lock.yaml": []byte(lock("large", platformImages...)),
			"_helpers.gotmpl":    []byte(platformHelpers),
		},
		config: platformConfig,
	}
	for i := range 1000 {
		service := service{name: fmt.Sprintf("service-%04d", i), group: i % 25, condition: condition(i)}
		if i%2 == 0 {
			set.Files[service.path()+".gotmpl"] = []byte(service.template(i / 2))
		} else {
			set.Files[service.path()] = []byte(service.static(i / 2))
		}
		set.Objects += objectsPerFile
	}
	return set
}

// condition returns one of 20 different expressions.
func condition(i int) string {
	switch n := i % 20; n % 5 {
	case 0:
		return fmt.Sprintf("config.replicas > %d", n/5)
	case 1:
		return fmt.Sprintf(`config.features.metrics && size(config.regions) >= %d`, 1+n/5)
	case 2:
		return fmt.Sprintf(`config.tier != "basic" || config.replicas >= %d`, 2+n/5)
	case 3:
		return fmt.Sprintf(`config.regions.exists(r, r.startsWith("%s"))`, []string{"eu-", "us-", "ap-", "sa-"}[n/5])
	default:
		return fmt.Sprintf(`has(config.environment.%s) && config.features.backup`, []string{"TENANT", "LOG_LEVEL", "PROXY", "LOG_FORMAT"}[n/5])
	}
}
