package cli

import (
	"io/fs"
	"path"

	"k8s.io/apimachinery/pkg/util/validation"
)

// checkObjectName refuses what no object in a cluster can be called; empty is unset.
func checkObjectName(flag, name string) error {
	if problems := validation.IsDNS1123Subdomain(name); name != "" && len(problems) > 0 {
		return usagef("%s %q: %s", flag, name, problems[0])
	}
	return nil
}

// checkRepositoryPath refuses a path that is not inside a repository.
func checkRepositoryPath(folder string) error {
	if folder != "" && !fs.ValidPath(path.Clean(folder)) {
		return usagef("--path %q: it is a path inside the repository, such as apps/shop", folder)
	}
	return nil
}
