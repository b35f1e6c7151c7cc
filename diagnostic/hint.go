package diagnostic

// generalHint says what to do about a kind of finding where the finding itself
// says no more than what is wrong.
func generalHint(code Code) string {
	switch code {
	case ConfigInvalid:
		return "the schema is in the manifest"
	case ManifestRequired:
		return "add the field"
	case SchemaInvalid, SchemaInvalidDefault, SchemaInvalidPattern:
		return "the schema follows Kubernetes' rules for structural schemas"
	case ConditionInvalid, ConditionFailed:
		return "a condition is a CEL expression that is true or false"
	case TemplateExecute:
		return "change the template, or what it is given"
	case ObjectInvalid:
		return "every document is a Kubernetes object with apiVersion, kind and metadata.name"
	case ObjectInvalidMetadata:
		return "the syntax is that of Kubernetes' labels and annotations"
	case ArchiveInvalid, ArchiveUnsafeEntry, ArchiveDuplicateEntry, ImageInvalid, ImageDigestMismatch:
		return "do not use the image; build it again, or get it from where it was built"
	case FilesUnsupportedType:
		return "a package holds files and folders only"
	case SignatureMalformed, SignatureTooMany, SignatureWrongType, SignatureUnsupported:
		return "packstage referrers lists what hangs on an image"
	case KeyInvalid:
		return "packstage sign --generate-key-pair makes a key pair"
	case PolicyInvalid, PolicyUnknownField:
		return "docs/trust.md describes policies"
	case LimitExceeded:
		return "limits are options of the library, for packages that are trusted"
	default:
		return ""
	}
}
