package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// programVersion is what "version --output json" prints.
type programVersion struct {
	SchemaVersion int    `json:"schemaVersion"`
	Version       string `json:"version"`
	Commit        string `json:"commit,omitempty"`
	CommitTime    string `json:"commitTime,omitempty"`
	Modified      bool   `json:"modified"`
	GoVersion     string `json:"goVersion"`
	Platform      string `json:"platform"`
}

// programVersion reads the build information.
func (p *program) programVersion() programVersion {
	version := programVersion{
		SchemaVersion: schemaVersion, Version: p.Version,
		GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		if version.Version == "" {
			version.Version = info.Main.Version
		}
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				version.Commit = setting.Value
			case "vcs.time":
				version.CommitTime = setting.Value
			case "vcs.modified":
				version.Modified = setting.Value == "true"
			}
		}
	}
	if version.Version == "" {
		version.Version = "(devel)"
	}
	return version
}

func (p *program) versionCommand() *cobra.Command {
	output := oneOf("human", "json")
	command := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of the program",
		Example: `  packstage version --output json`,
		Args:    arguments(0, 0),
		RunE: func(*cobra.Command, []string) error {
			version := p.programVersion()
			return p.result(func(w io.Writer) error {
				if output.value == "json" {
					return printJSON(w, version)
				}
				_, err := fmt.Fprintf(w, "packstage %s (%s, %s)\n", version.Version, version.GoVersion, version.Platform)
				return err
			})
		},
	}
	choiceFlag(command, &output, "output", "o", "form of the result")
	return command
}
