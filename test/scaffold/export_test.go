package scaffold

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/packstage/packstage/author/export"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
)

// Flux builds a folder of plain objects with kustomize: it takes every folder that is
// exported, and loses no object of it.
func TestExportedFoldersBuild(t *testing.T) {
	t.Parallel()
	program := builtTool(t, "kustomize")
	for name, config := range map[string]map[string]any{
		"webapp": nil, "operator": nil, "shop": {"host": "shop.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := packageloader.FromFolder(filepath.Join("..", "..", "examples", "packages", name), packageloader.FolderOptions{})
			pkg, err := packageloader.Load(t.Context(), source, packageloader.LoadOptions{})
			require.NoError(t, err)
			renderer, err := packageloader.Compile(pkg, packageloader.Options{})
			require.NoError(t, err)
			instance, err := renderer.Render(t.Context(), packagetypes.Context{Config: config})
			require.NoError(t, err)
			files, err := export.Folders(instance)
			require.NoError(t, err)
			folders := map[string][]string{}
			root := t.TempDir()
			for file, content := range files.Contents {
				folders[path.Dir(file)] = append(folders[path.Dir(file)], path.Base(file))
				require.NoError(t, os.MkdirAll(filepath.Join(root, path.Dir(file)), 0o700))
				require.NoError(t, os.WriteFile(filepath.Join(root, file), content, 0o600))
			}
			for folder, names := range folders {
				settings := map[string]any{"resources": names}
				if instance.Namespace != "" {
					settings["namespace"] = instance.Namespace // as targetNamespace does
				}
				content, err := yaml.Marshal(settings)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(root, folder, "kustomization.yaml"), content, 0o600))
				command := exec.CommandContext(t.Context(), program, "build", filepath.Join(root, folder))
				command.Env = environment(t)
				output, err := command.Output()
				require.NoError(t, err, folder)
				require.Len(t, objects(t, output), len(names), folder)
			}
		})
	}
}
