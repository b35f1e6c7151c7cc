package probe

// claim is the rule for PersistentVolumeClaims. Whether a Pending one waits for its
// volume or for the first pod that uses it is a field of its storage class. It is
// waited for where the claim itself shows that no pod has to come first.
func claim(object map[string]any) Result {
	switch phase := textAt(object, "status", "phase"); phase {
	case "Bound":
		return available(ReasonAvailable, "is bound")
	case "Lost":
		return failed("Lost", "has lost its volume "+word(textAt(object, "spec", "volumeName")))
	case "Pending":
		return pendingClaim(object)
	case "":
		return progressing(ReasonNotObserved, "has no status yet")
	default:
		return progressing(ReasonPending, "is "+word(phase))
	}
}

// provisionerAnnotations are set where somebody has been asked to make the volume:
// at once, or when a pod that uses the claim has a node.
var provisionerAnnotations = []string{"volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner"}

func pendingClaim(object map[string]any) Result {
	annotations := mapAt(object, "metadata", "annotations")
	if volume := textAt(object, "spec", "volumeName"); volume != "" {
		return progressing(ReasonPending, "waits for the volume "+word(volume))
	}
	for _, annotation := range provisionerAnnotations {
		if provisioner := textAt(annotations, annotation); provisioner != "" {
			return progressing(ReasonPending, "waits for a volume from "+word(provisioner))
		}
	}
	if node := textAt(annotations, "volume.kubernetes.io/selected-node"); node != "" {
		return progressing(ReasonPending, "waits for a volume on the node "+word(node))
	}
	class := textAt(object, "spec", "storageClassName")
	if class == "" {
		class = textAt(annotations, "volume.beta.kubernetes.io/storage-class")
	}
	if class == "" {
		return progressing(ReasonPending, "has no storage class, and waits for a volume that fits it")
	}
	return available(ReasonConsumerFirst, "is Pending, and not waited for: the storage class "+word(class)+
		" may bind it with the first pod that uses it")
}
