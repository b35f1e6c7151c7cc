package packageset

import "fmt"

// Medium generates an application of 100 templates with three objects each,
// beside a file of helpers.
func Medium() Set {
	set := Set{
		Name:        "medium",
		Description: "100 templates, 300 objects",
		Files: map[string][]byte{
			"manifest.yaml":      []byte(platformManifest("medium")),
			"manifest.lock.yaml": []byte(lock("medium", platformImages...)),
			"_helpers.gotmpl":    []byte(platformHelpers),
		},
		config: platformConfig,
	}
	for i := range 100 {
		service := service{name: fmt.Sprintf("service-%03d", i), group: i % 10}
		set.Files[service.path()+".gotmpl"] = []byte(service.template(i))
		set.Objects += objectsPerFile
	}
	return set
}
