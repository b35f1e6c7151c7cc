package cli

import (
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
	"github.com/packstage/packstage/installer/history"
)

// releaseFlags say where a release is.
type releaseFlags struct {
	clusterFlags
	namespace string
}

func (f *releaseFlags) add(p *program, command *cobra.Command) {
	command.Flags().StringVarP(&f.namespace, "namespace", "n", "", "`NAMESPACE` of the release (default: that of the kubeconfig's context)")
	f.clusterFlags.add(command)
	command.ValidArgsFunction = p.completeRelease(f)
}

// open connects to the cluster, which answers, and names the release.
func (f *releaseFlags) open(command *cobra.Command, p *program, name string) (*connection, cluster.Release, error) {
	if err := checkReleaseName(name); err != nil {
		return nil, cluster.Release{}, err
	}
	connected, err := f.connect(p)
	if err != nil {
		return nil, cluster.Release{}, err
	}
	release := cluster.Release{Namespace: f.namespace, Name: name}
	if release.Namespace == "" {
		release.Namespace = connected.namespace
	}
	if err := checkNamespaceName(release.Namespace); err != nil {
		return nil, cluster.Release{}, err
	}
	return connected, release, connected.reach(command.Context())
}

// checkReleaseName wants a name that can be a label, with room for what names of
// Secrets add to it.
func checkReleaseName(name string) error {
	switch {
	case len(name) > history.MaxName:
		return usagef("the release cannot be called %q: it has %d characters, and at most %d are possible", name, len(name), history.MaxName)
	case len(validation.IsDNS1123Label(name)) > 0:
		return usagef("the release cannot be called %q: lower case letters, digits and '-' are possible, with a letter or digit at both ends", name)
	}
	return nil
}

func checkNamespaceName(namespace string) error {
	if len(validation.IsDNS1123Label(namespace)) > 0 {
		return usagef("%q is no name of a namespace: lower case letters, digits and '-' are possible, with a letter or digit at both ends", namespace)
	}
	return nil
}

// reader returns an installer for commands that change nothing.
func (c *connection) reader() *installer.Installer {
	return installer.New(c.cluster, installer.Options{Clusters: c.classes, Probe: c.probe})
}
