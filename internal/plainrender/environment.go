package plainrender

// environment is that of the context as templates see it, field by field as
// docs/format.md lists them.
func (p *plain) environment() map[string]any {
	from := p.context.Environment
	values := map[string]any{"kubernetes": map[string]any{"version": from.Kubernetes.Version}}
	if openShift := from.OpenShift; openShift != nil {
		fields := map[string]any{"version": openShift.Version}
		if openShift.Managed != nil {
			fields["managed"] = map[string]any{"data": textsOrNull(openShift.Managed.Data)}
		}
		values["openShift"] = fields
	}
	if proxy := from.Proxy; proxy != nil {
		fields := map[string]any{}
		for name, value := range map[string]string{"httpProxy": proxy.HTTPProxy, "httpsProxy": proxy.HTTPSProxy, "noProxy": proxy.NoProxy} {
			if value != "" {
				fields[name] = value
			}
		}
		values["proxy"] = fields
	}
	if hyperShift := from.HyperShift; hyperShift != nil {
		fields := map[string]any{}
		if cluster := hyperShift.HostedCluster; cluster != nil {
			hosted := map[string]any{
				"metadata": map[string]any{
					"name": cluster.Metadata.Name, "namespace": cluster.Metadata.Namespace,
					"labels": textsOrNull(cluster.Metadata.Labels), "annotations": textsOrNull(cluster.Metadata.Annotations),
				},
				"hostedClusterNamespace": cluster.HostedClusterNamespace,
			}
			if len(cluster.NodeSelector) > 0 {
				hosted["nodeSelector"] = textsOrNull(cluster.NodeSelector)
			}
			fields["hostedCluster"] = hosted
		}
		values["hyperShift"] = fields
	}
	return values
}

func textsOrNull(from map[string]string) any {
	if from == nil {
		return nil
	}
	values := map[string]any{}
	for key, value := range from {
		values[key] = value
	}
	return values
}
