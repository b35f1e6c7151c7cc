// Package keyless judges signatures that were made with a certificate instead of a
// key ("keyless"), without any network:
//
//	root, err := keyless.ReadTrustedRoot("trusted_root.json")
//	...
//	identities, err := keyless.NewVerifier(root, verify.Requirements{})
//	...
//	verifier := verify.NewVerifier(policy, verify.Options{Identities: identities})
//
// The trusted root is the file in which a sigstore deployment names its authorities
// and logs. Whoever verifies has to bring it; nothing is fetched, also no newer
// version of it.
//
// # What is verified
//
// A signature counts when all of this holds, as sigstore-go checks it:
//
//   - a certificate authority of the trusted root issued the certificate, for
//     signing code;
//   - a transparency log of the trusted root has signed that it has an entry of
//     this signature, this certificate and these bytes (an inclusion proof, or the
//     promise of one);
//   - the certificate was valid at each time that a trusted log or timestamp
//     authority gives for the signature; there has to be one. The clock of the
//     machine is never asked;
//   - a log of certificates of the trusted root has promised to show the
//     certificate;
//   - the signature is one of the certificate's key over exactly the bytes that are
//     read afterwards.
//
// Who the certificate was issued to has to be one of the identities then: the
// issuer literally, the subject literally or by a regular expression that matches
// the whole of it.
//
// [verify.Requirements] asks for more, or, by names that begin with Insecure, for
// less.
//
// Both forms of cosign's signatures are judged: sigstore bundles, with entries of
// Rekor 1 and 2, and simple signatures with a certificate and a Rekor bundle in
// their annotations. A chain that a signature brings along is not used: what is
// between a certificate and its root has to be in the trusted root.
//
// # What is not
//
// Which image was signed, and in which repository, is for package verify to check.
// Certificates are not revoked; a log is not asked whether it still has an entry.
// Extensions of certificates beside issuer and subject (workflow, commit) are not
// looked at. Signatures by keys on P-384 and P-521 over SHA-256, which old clients
// made against the rule, are refused.
//
// This package links sigstore-go and some fifty modules with it, which is why it is
// apart from package verify.
package keyless
