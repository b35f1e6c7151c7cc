package packagetypes

// Relocation says where the images that a package locks have gone, when package and
// images were copied. It never says which images they are: digests are those of the
// lock.
type Relocation struct {
	// SchemaVersion is 1.
	SchemaVersion int `json:"schemaVersion"`
	// Package is the digest of the image manifest of the package.
	Package string `json:"package"`
	// Images are the locked images and dependencies of the root and all components,
	// sorted by name and digest.
	Images []RelocatedImage `json:"images"`
}

// RelocatedImage is one image in its new place.
type RelocatedImage struct {
	// Image and Digest are those of the lock.
	Image  string `json:"image"`
	Digest string `json:"digest"`
	// From is the repository that it was copied from; it is empty where that was a
	// file.
	From string `json:"from,omitempty"`
	// To is the repository that has it, as "host/path", or [HerePlace].
	To string `json:"to"`
}

// HerePlace is the repository, layout or tar that a relocation record was found in.
// It stays true when a registry is mirrored or gets another name.
const HerePlace = "."

// Place returns where an image of the lock is; false where the record does not
// speak of it. A nil relocation speaks of none.
func (r *Relocation) Place(image, digest string) (to string, found bool) {
	if r == nil {
		return "", false
	}
	for _, relocated := range r.Images {
		if relocated.Image == image && relocated.Digest == digest {
			return relocated.To, true
		}
	}
	return "", false
}
