package diagnostic

// Code names a kind of finding. Codes are stable: one never changes its
// meaning, and docs/diagnostics.md explains each with an example and a cure.
// A code is also an error, so that errors.Is(err, diagnostic.ConfigUnknownKey)
// tells whether a finding of that kind is among those in err.
//
// Rules added by others use codes of their own, in any form that is not listed
// here; a prefix with a slash ("acme/owner-label") keeps them apart.
type Code string

// Error returns the code itself.
func (c Code) Error() string { return string(c) }

// Files and archives.
const (
	// FilesInvalidPath: a path that is not a plain relative slash path.
	FilesInvalidPath Code = "files-invalid-path"
	// FilesCaseCollision: two paths that differ only in case.
	FilesCaseCollision Code = "files-case-collision"
	// FilesLinkOutside: a symbolic link that leads out of the folder.
	FilesLinkOutside Code = "files-link-outside"
	// FilesUnsupportedType: a file that is neither regular nor a folder.
	FilesUnsupportedType Code = "files-unsupported-type"
	// ArchiveInvalid: a tar or gzip stream that is broken or cut short.
	ArchiveInvalid Code = "archive-invalid"
	// ArchiveUnsafeEntry: an entry with an absolute path, "..", a link, a device.
	ArchiveUnsafeEntry Code = "archive-unsafe-entry"
	// ArchiveDuplicateEntry: two entries of one archive with the same path.
	ArchiveDuplicateEntry Code = "archive-duplicate-entry"
	// ImageInvalid: an image that is not a package image, or is malformed.
	ImageInvalid Code = "image-invalid"
	// ImageDigestMismatch: bytes that are not those of their digest.
	ImageDigestMismatch Code = "image-digest-mismatch"
	// AttachmentInvalid: something to attach to an image that is not what it
	// should be, or is about another image.
	AttachmentInvalid Code = "attachment-invalid"
	// LimitExceeded: the input is larger than a limit; Err is a
	// *packagetypes.LimitError.
	LimitExceeded Code = "limit-exceeded"
)

// The manifest, its lock and its components.
const (
	// ManifestMissing: neither manifest.yaml nor manifest.yml.
	ManifestMissing Code = "manifest-missing"
	// ManifestDuplicate: more than one manifest, or more than one lock.
	ManifestDuplicate Code = "manifest-duplicate"
	// ManifestUnknownVersion: an apiVersion or kind that is not of the format.
	ManifestUnknownVersion Code = "manifest-unknown-version"
	// ManifestUnknownField: a field that the format does not have.
	ManifestUnknownField Code = "manifest-unknown-field"
	// ManifestWrongType: a field whose value has the wrong type.
	ManifestWrongType Code = "manifest-wrong-type"
	// ManifestRequired: a required field that is missing or empty.
	ManifestRequired Code = "manifest-required"
	// ManifestInvalidValue: a field whose value is not allowed.
	ManifestInvalidValue Code = "manifest-invalid-value"
	// ManifestDuplicateName: two entries of a list that share a name.
	ManifestDuplicateName Code = "manifest-duplicate-name"
	// LockMissing: spec.images without a lock, or an entry without its lock.
	LockMissing Code = "lock-missing"
	// LockMismatch: a lock entry whose image is not that of the manifest.
	LockMismatch Code = "lock-mismatch"
	// LockSuperfluous: a lock entry whose name the manifest does not have.
	LockSuperfluous Code = "lock-superfluous"
	// LockBehind: a lock entry that is valid, where upstream has something newer.
	LockBehind Code = "lock-behind"
	// ImageNotLocked: a rendered object runs an image that is not in the lock.
	ImageNotLocked Code = "image-not-locked"
	// LockInvalidDigest: a lock digest that is not algorithm:hex.
	LockInvalidDigest Code = "lock-invalid-digest"
	// DependencyNotFound: a dependency on a package that no repository has.
	DependencyNotFound Code = "dependency-not-found"
	// DependencyUnsatisfiable: a dependency of which no version can be chosen.
	DependencyUnsatisfiable Code = "dependency-unsatisfiable"
	// DependencyConflict: a dependency of which no version can be chosen, since
	// repositories disagree about the digest of one.
	DependencyConflict Code = "dependency-conflict"
	// ComponentNotFound: a component that the package does not have.
	ComponentNotFound Code = "component-not-found"
	// ComponentNested: a component that has components itself.
	ComponentNested Code = "component-nested"
	// ComponentStrayFile: a file directly inside the components folder.
	ComponentStrayFile Code = "component-stray-file"
	// ScopeUnsupported: an instance in a scope that the manifest does not list.
	ScopeUnsupported Code = "scope-unsupported"
)

// Configuration and its schema.
const (
	// SchemaInvalid: a configuration schema that breaks a rule of structural
	// schemas.
	SchemaInvalid Code = "schema-invalid"
	// SchemaUnknownKeyword: a keyword that Kubernetes does not have.
	SchemaUnknownKeyword Code = "schema-unknown-keyword"
	// SchemaInvalidPattern: a pattern that does not compile.
	SchemaInvalidPattern Code = "schema-invalid-pattern"
	// SchemaInvalidDefault: a default that breaks its own schema.
	SchemaInvalidDefault Code = "schema-invalid-default"
	// SchemaInvalidRule: an x-kubernetes-validations rule that does not compile.
	SchemaInvalidRule Code = "schema-invalid-rule"
	// ConfigInvalid: a configuration value that breaks the schema.
	ConfigInvalid Code = "config-invalid"
	// ConfigRequired: a required configuration key that is missing.
	ConfigRequired Code = "config-required"
	// ConfigUnknownKey: a configuration key that the schema does not have.
	ConfigUnknownKey Code = "config-unknown-key"
	// ConfigRuleFailed: an x-kubernetes-validations rule that was not met.
	ConfigRuleFailed Code = "config-rule-failed"
	// ContextInvalid: a render context that cannot be read or used.
	ContextInvalid Code = "context-invalid"
)

// Templates, YAML and objects.
const (
	// TemplateParse: a template that does not parse.
	TemplateParse Code = "template-parse"
	// TemplateExecute: a template that fails while it runs.
	TemplateExecute Code = "template-execute"
	// TemplateNoValue: an action that would print "<no value>".
	TemplateNoValue Code = "template-no-value"
	// TemplateDuplicateDefine: one name defined in two files.
	TemplateDuplicateDefine Code = "template-duplicate-define"
	// TemplatesNotRendered: templates that validation could not run, since the
	// package has no test case and its configuration has required keys.
	TemplatesNotRendered Code = "templates-not-rendered"
	// LintFileInvalid: settings of lint that are not as they have to be.
	LintFileInvalid Code = "lint-file-invalid"
	// TestFileInvalid: a file of test cases that is not as it has to be.
	TestFileInvalid Code = "test-file-invalid"
	// TestsMissing: a package without any test case.
	TestsMissing Code = "tests-missing"
	// TestUnstable: a test case that renders differently in another order of files.
	TestUnstable Code = "test-unstable"
	// TestErrorExpected: a test case that is to fail, and renders or fails otherwise.
	TestErrorExpected Code = "test-error-expected"
	// TestAssertionFailed: an assertion that does not hold for what is rendered.
	TestAssertionFailed Code = "test-assertion-failed"
	// TestAssertionInvalid: an assertion that does not compile.
	TestAssertionInvalid Code = "test-assertion-invalid"
	// GoldenMissing: something is rendered for which there is no golden file.
	GoldenMissing Code = "golden-missing"
	// GoldenChanged: a golden file that does not say what is rendered.
	GoldenChanged Code = "golden-changed"
	// GoldenSuperfluous: a golden file to which nothing belongs.
	GoldenSuperfluous Code = "golden-superfluous"
	// YAMLInvalid: YAML that does not parse.
	YAMLInvalid Code = "yaml-invalid"
	// YAMLDuplicateKey: a mapping with one key twice.
	YAMLDuplicateKey Code = "yaml-duplicate-key"
	// ObjectInvalid: a document that is not a Kubernetes object.
	ObjectInvalid Code = "object-invalid"
	// ObjectInvalidMetadata: labels or annotations that Kubernetes refuses.
	ObjectInvalidMetadata Code = "object-invalid-metadata"
	// ObjectDuplicate: two objects of one group, kind, namespace and name.
	ObjectDuplicate Code = "object-duplicate"
	// ObjectUnknownField: a field that the schema of the object's kind does not have.
	ObjectUnknownField Code = "object-unknown-field"
	// ObjectInvalidField: a field whose value the schema of the kind does not allow.
	ObjectInvalidField Code = "object-invalid-field"
	// ObjectRequiredField: a field that the schema of the kind requires.
	ObjectRequiredField Code = "object-required-field"
	// ObjectDuplicateItem: two items of a list that must differ in their keys.
	ObjectDuplicateItem Code = "object-duplicate-item"
	// ObjectRuleFailed: a rule in the schema of a custom resource that does not hold.
	ObjectRuleFailed Code = "object-rule-failed"
	// ObjectSchemaMissing: an object that was not checked, since there is no schema.
	ObjectSchemaMissing Code = "object-schema-missing"
	// ObjectSchemaUnusable: a schema, or a place of schemas, that cannot be used.
	ObjectSchemaUnusable Code = "object-schema-unusable"
	// ObjectSchemaVersion: a version of Kubernetes whose schemas are not there.
	ObjectSchemaVersion Code = "object-schema-version"
	// PhaseMissing: an object without the phase annotation.
	PhaseMissing Code = "phase-missing"
	// PhaseUnknown: an object in a phase that the manifest does not have.
	PhaseUnknown Code = "phase-unknown"
	// AnnotationInvalid: a well-known annotation with a malformed value.
	AnnotationInvalid Code = "annotation-invalid"
	// ConditionInvalid: a condition that does not compile.
	ConditionInvalid Code = "condition-invalid"
	// ConditionFailed: a condition that fails, or whose value is no boolean.
	ConditionFailed Code = "condition-failed"
)

// Signatures, the keys that make them, and the policy that asks for them.
const (
	// SignatureMissing: nothing that is a signature hangs on the image.
	SignatureMissing Code = "signature-missing"
	// SignatureWrongKey: a signature of none of the keys that are trusted.
	SignatureWrongKey Code = "signature-wrong-key"
	// SignatureInvalid: a signature that names a trusted key, but was made over
	// other bytes or changed.
	SignatureInvalid Code = "signature-invalid"
	// SignatureWrongDigest: a signature of another image.
	SignatureWrongDigest Code = "signature-wrong-digest"
	// SignatureWrongRepository: a signature whose payload names another
	// repository.
	SignatureWrongRepository Code = "signature-wrong-repository"
	// SignatureWrongType: a signed statement that is no signature of an image,
	// such as an attestation.
	SignatureWrongType Code = "signature-wrong-type"
	// SignatureMalformed: a signature, bundle or payload that does not parse.
	SignatureMalformed Code = "signature-malformed"
	// SignatureUnsupported: a signature that this program cannot judge.
	SignatureUnsupported Code = "signature-unsupported"
	// SignatureTooMany: more or larger signatures than are looked at.
	SignatureTooMany Code = "signature-too-many"
	// SignatureThreshold: fewer signers than the policy asks for.
	SignatureThreshold Code = "signature-threshold"
	// SignatureUnavailable: signatures that could not be read, where the policy
	// only warns.
	SignatureUnavailable Code = "signature-unavailable"
	// SignatureNoImage: a source that is no image with a digest, so that nothing
	// could have been signed.
	SignatureNoImage Code = "signature-no-image"
	// CertificateExpired: a signature with a certificate that was not valid when
	// the signature was made.
	CertificateExpired Code = "certificate-expired"
	// CertificateUntrusted: a signature with a certificate of an authority that
	// is not trusted.
	CertificateUntrusted Code = "certificate-untrusted"
	// CertificateWrongIdentity: a signature with a certificate that was issued to
	// somebody else.
	CertificateWrongIdentity Code = "certificate-wrong-identity"
	// SignatureNotLogged: a signature with a certificate about which no trusted
	// transparency log, or timestamp authority, says when it was made.
	SignatureNotLogged Code = "signature-not-logged"
	// TrustedRootInvalid: a trusted root of sigstore that does not parse, or that
	// lacks what signatures are to be checked with.
	TrustedRootInvalid Code = "trusted-root-invalid"
	// KeyInvalid: a key that does not parse or whose kind is not supported.
	KeyInvalid Code = "key-invalid"
	// KeyWeak: a key that is too short.
	KeyWeak Code = "key-weak"
	// KeyPassword: an encrypted key that the password does not open.
	KeyPassword Code = "key-password"
	// PolicyInvalid: a signature policy with a wrong or missing value.
	PolicyInvalid Code = "policy-invalid"
	// PolicyUnknownField: a field that signature policies do not have.
	PolicyUnknownField Code = "policy-unknown-field"
	// PolicyNoEntry: a package that no entry of the signature policy is about.
	PolicyNoEntry Code = "policy-no-entry"
	// RegistriesInvalid: a configuration of registries with a wrong or missing
	// value.
	RegistriesInvalid Code = "registries-invalid"
	// RegistriesUnknownField: a field that configurations of registries do not
	// have.
	RegistriesUnknownField Code = "registries-unknown-field"
)

// Records of where the images of a package went when it was copied.
const (
	// RelocationInvalid: a relocation record that is not one.
	RelocationInvalid Code = "relocation-invalid"
	// RelocationMismatch: a relocation record of another package, or that does not
	// go together with the package's lock.
	RelocationMismatch Code = "relocation-mismatch"
)

// Repositories of packages, and their indexes.
const (
	// VersionNotFound: a version, or a range of versions, that a repository or an
	// index does not have.
	VersionNotFound Code = "version-not-found"
	// VersionConflict: a version that an index has for another image.
	VersionConflict Code = "version-conflict"
)

// Documents that are written from a package.
const (
	// DocsMarks: marks in a README that do not belong together.
	DocsMarks Code = "docs-marks"
	// DocsStale: a section of a README that is not what the package says now.
	DocsStale Code = "docs-stale"
)

// Packages that are made of something else.
const (
	// ImportEmpty: an import that found no objects.
	ImportEmpty Code = "import-empty"
	// ImportDiffers: a package that would not render to what it was made of.
	ImportDiffers Code = "import-differs"
	// ImportUnsupported: something in the source that no package can have.
	ImportUnsupported Code = "import-unsupported"
)

// What the test cases of a package do not reach.
const (
	// CoverageMinimum: the cases reach less of a package than was asked for.
	CoverageMinimum Code = "coverage-minimum"
	// CoverageFile: a template file of which no case reaches anything.
	CoverageFile Code = "coverage-file"
	// CoverageDefinition: a define or block that no case uses.
	CoverageDefinition Code = "coverage-definition"
	// CoverageBranch: a branch that no case takes.
	CoverageBranch Code = "coverage-branch"
	// CoverageAction: an action that no case executes.
	CoverageAction Code = "coverage-action"
	// CoverageCondition: a condition that is not both true and false in some case.
	CoverageCondition Code = "coverage-condition"
	// CoverageProperty: a property of the configuration that no case reaches, or
	// that no case sets to anything but its default.
	CoverageProperty Code = "coverage-property"
)

// What keeps an instance from being installed, found before the first write.
const (
	// ReservedMetadata: a label or annotation that only the installer, or Package
	// Operator, may set.
	ReservedMetadata Code = "reserved-metadata"
	// ReservedObject: an object of a package that looks like the installer's own state.
	ReservedObject Code = "reserved-object"
	// DeletionPolicyUnknown: a deletion policy that there is not.
	DeletionPolicyUnknown Code = "deletion-policy-unknown"
	// ObjectInvalidName: a name or namespace that no object can have, or no name.
	ObjectInvalidName Code = "object-invalid-name"
	// ObjectOwnerReferences: an object of a package that names owners.
	ObjectOwnerReferences Code = "object-owner-references"
	// ObjectFinalizers: an object of a package that brings finalizers.
	ObjectFinalizers Code = "object-finalizers"
	// ScopeViolation: something outside of the namespace of a namespaced instance.
	ScopeViolation Code = "scope-violation"
	// PhaseClassUnknown: a phase whose class no cluster was given for.
	PhaseClassUnknown Code = "phase-class-unknown"
	// KindUnknown: a kind that neither the cluster has nor the package brings.
	KindUnknown Code = "kind-unknown"
	// KindOutOfOrder: an object that is not in a later phase than the definition of
	// its kind.
	KindOutOfOrder Code = "kind-out-of-order"
	// KindUnsupported: a kind whose objects are not stored, or cannot be applied.
	KindUnsupported Code = "kind-unsupported"
	// NamespaceNotFound: a namespace that neither exists nor comes in time.
	NamespaceNotFound Code = "namespace-not-found"
	// NamespaceTerminating: a namespace that is being deleted.
	NamespaceTerminating Code = "namespace-terminating"
	// PermissionMissing: something that whoever installs may not do.
	PermissionMissing Code = "permission-missing"
	// PermissionEscalation: a role or binding that would give more than whoever
	// installs has.
	PermissionEscalation Code = "permission-escalation"
	// PlatformUnsupported: a cluster of a platform that the package does not support.
	PlatformUnsupported Code = "platform-unsupported"
	// PlatformVersionUnsupported: a version of the platform that the package does not
	// support.
	PlatformVersionUnsupported Code = "platform-version-unsupported"
	// PackageNotUnique: a package of which there may be one instance, and is one.
	PackageNotUnique Code = "package-not-unique"
	// CollisionRelease: an object that belongs to another release.
	CollisionRelease Code = "collision-release"
	// CollisionPackageOperator: an object that belongs to Package Operator.
	CollisionPackageOperator Code = "collision-package-operator"
	// CollisionForeign: an object that exists and is not the release's.
	CollisionForeign Code = "collision-foreign"
	// ObjectAdopted: an object that exists and will be taken over.
	ObjectAdopted Code = "object-adopted"
	// ObjectTerminating: an object that exists and is being deleted.
	ObjectTerminating Code = "object-terminating"
	// FieldImmutable: a change of a field that cannot be changed.
	FieldImmutable Code = "field-immutable"
	// FieldConflict: a field that another manager owns.
	FieldConflict Code = "field-conflict"
	// ObjectRefused: an object that the API server calls invalid.
	ObjectRefused Code = "object-refused"
	// AdmissionRefused: an object that a webhook, a policy or a plugin refuses.
	AdmissionRefused Code = "admission-refused"
	// WebhookUnavailable: an object that a webhook has to see which does not answer.
	WebhookUnavailable Code = "webhook-unavailable"
	// DryRunUnsupported: an object that cannot be tried beforehand, since a webhook
	// does not take part in dry runs.
	DryRunUnsupported Code = "dry-run-unsupported"
	// QuotaExceeded: an object for which a quota leaves no room.
	QuotaExceeded Code = "quota-exceeded"
)
