// Package verify signs the images of packages and decides, by a policy, whether
// an image is signed well enough to be used:
//
//	policy, err := verify.ReadPolicy("policy.yaml")
//	...
//	verifier := verify.NewVerifier(policy, verify.Options{})
//	pkg, err := packageloader.Load(ctx, source, packageloader.LoadOptions{Verifier: verifier})
//
// Signatures are those of cosign, in both of its forms, made with a key pair; the
// standard library makes and checks them. Signatures with certificates ("keyless")
// are found and bound to the image here too, and judged by an [IdentityVerifier].
//
// # What a signature is taken for
//
// A signature counts when all of this holds:
//
//   - it is one of a key or identity that the policy's entry lists, over exactly
//     the bytes that are read afterwards; which algorithm is used follows from the
//     key alone;
//   - it is a signature of an image, not an attestation or that of a file;
//   - it names the digest of the manifest that is used. The signature of an image
//     index, or of another image with the same tag, does not;
//   - the repository that it names, where it names one, is the one that the image
//     is pulled from, or one that the policy (signedAs) or the caller
//     ([Subject.SignedAs]) allows. Signatures that were copied with an image are
//     refused otherwise. Bundles made by cosign name none.
//
// Everything else about a signature (tags, lists, annotations, hints) is only used
// to find it. Other signatures beside one that counts do no harm. A signature says
// nothing about time: an old version stays signed; who wants to go on to a new one
// pins its digest.
//
// # Errors
//
// Findings about signatures, keys and policies are [diagnostic.Diagnostics] with a
// code for each cause; trouble with the registry is the error of the registry.
package verify
