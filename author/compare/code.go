package compare

import (
	"slices"
	"strings"
)

// Code names a kind of change. Codes are stable: one never changes its meaning.
// docs/comparing.md explains each.
type Code string

// Which cases render.
const (
	// CaseFails: a context that renders with A fails with B.
	CaseFails Code = "case-fails"
	// CaseWorks: a context that fails with A renders with B.
	CaseWorks Code = "case-works"
)

// The manifest.
const (
	NameChanged           Code = "name-changed"
	MetadataChanged       Code = "metadata-changed"
	ScopeAdded            Code = "scope-added"
	ScopeRemoved          Code = "scope-removed"
	ScopeDefaultChanged   Code = "scope-default-changed"
	PhaseAdded            Code = "phase-added"
	PhaseRemoved          Code = "phase-removed"
	PhaseOrderChanged     Code = "phase-order-changed"
	PhaseClassChanged     Code = "phase-class-changed"
	ProbeAdded            Code = "probe-added"
	ProbeRemoved          Code = "probe-removed"
	ProbeChanged          Code = "probe-changed"
	PlatformAdded         Code = "platform-added"
	PlatformRemoved       Code = "platform-removed"
	PlatformRangeNarrowed Code = "platform-range-narrowed"
	PlatformRangeWidened  Code = "platform-range-widened"
	UniqueRequired        Code = "unique-required"
	UniqueNotRequired     Code = "unique-not-required"
	DependencyAdded       Code = "dependency-added"
	DependencyRemoved     Code = "dependency-removed"
	DependencyChanged     Code = "dependency-changed"
	DependencyLockChanged Code = "dependency-lock-changed"
	ComponentAdded        Code = "component-added"
	ComponentRemoved      Code = "component-removed"
	RepositoriesChanged   Code = "repositories-changed"
	FilterChanged         Code = "filter-changed"
	TestsChanged          Code = "tests-changed"
)

// Images.
const (
	ImageAdded         Code = "image-added"
	ImageRemoved       Code = "image-removed"
	ImageChanged       Code = "image-changed"
	ImageDigestChanged Code = "image-digest-changed"
)

// Objects.
const (
	ObjectAdded             Code = "object-added"
	ObjectRemoved           Code = "object-removed"
	ObjectRenamed           Code = "object-renamed"
	ObjectMoved             Code = "object-moved"
	ObjectVersionChanged    Code = "object-version-changed"
	FieldAdded              Code = "field-added"
	FieldRemoved            Code = "field-removed"
	FieldChanged            Code = "field-changed"
	FieldOrderChanged       Code = "field-order-changed"
	FieldImmutable          Code = "field-immutable"
	CollisionChanged        Code = "collision-protection-changed"
	ConditionMappingAdded   Code = "condition-mapping-added"
	ConditionMappingRemoved Code = "condition-mapping-removed"
)

// Permissions.
const (
	PermissionGained       Code = "permission-gained"
	PermissionLost         Code = "permission-lost"
	PermissionEscalation   Code = "permission-escalation"
	PermissionsNotCompared Code = "permissions-not-compared"
)

// Custom resource definitions; what their schemas say has codes of [SchemaKind]
// with the prefix "crd-".
const (
	CRDAdded                 Code = "crd-added"
	CRDRemoved               Code = "crd-removed"
	CRDScopeChanged          Code = "crd-scope-changed"
	CRDNamesChanged          Code = "crd-names-changed"
	CRDShortNamesChanged     Code = "crd-short-names-changed"
	CRDVersionAdded          Code = "crd-version-added"
	CRDVersionRemoved        Code = "crd-version-removed"
	CRDStoredVersionRemoved  Code = "crd-stored-version-removed"
	CRDVersionServed         Code = "crd-version-served"
	CRDVersionNotServed      Code = "crd-version-not-served"
	CRDVersionDeprecated     Code = "crd-version-deprecated"
	CRDStorageVersionChanged Code = "crd-storage-version-changed"
	CRDConversionChanged     Code = "crd-conversion-changed"
	CRDSubresourceAdded      Code = "crd-subresource-added"
	CRDSubresourceRemoved    Code = "crd-subresource-removed"
	CRDSubresourceChanged    Code = "crd-subresource-changed"
	CRDColumnsChanged        Code = "crd-columns-changed"
	CRDSelectableChanged     Code = "crd-selectable-fields-changed"
	CRDUnconverted           Code = "crd-unconverted"
	CRDChanged               Code = "crd-changed"
)

// SchemaKind is a kind of change of a schema, without the prefix that says
// whether it is that of the configuration ("config-") or of a custom resource
// ("crd-").
type SchemaKind string

// What may change in a schema.
const (
	PropertyAdded         SchemaKind = "property-added"
	PropertyRemoved       SchemaKind = "property-removed"
	RequiredAdded         SchemaKind = "required-added"
	RequiredRemoved       SchemaKind = "required-removed"
	TypeChanged           SchemaKind = "type-changed"
	TypeWidened           SchemaKind = "type-widened"
	EnumAdded             SchemaKind = "enum-added"
	EnumRemoved           SchemaKind = "enum-removed"
	EnumShrunk            SchemaKind = "enum-shrunk"
	EnumGrown             SchemaKind = "enum-grown"
	BoundTightened        SchemaKind = "bound-tightened"
	BoundLoosened         SchemaKind = "bound-loosened"
	PatternAdded          SchemaKind = "pattern-added"
	PatternChanged        SchemaKind = "pattern-changed"
	PatternRemoved        SchemaKind = "pattern-removed"
	FormatAdded           SchemaKind = "format-added"
	FormatChanged         SchemaKind = "format-changed"
	FormatRemoved         SchemaKind = "format-removed"
	DefaultAdded          SchemaKind = "default-added"
	DefaultChanged        SchemaKind = "default-changed"
	DefaultRemoved        SchemaKind = "default-removed"
	NullableAdded         SchemaKind = "nullable-added"
	NullableRemoved       SchemaKind = "nullable-removed"
	UnknownKeysRefused    SchemaKind = "unknown-keys-refused"
	UnknownKeysAllowed    SchemaKind = "unknown-keys-allowed"
	RuleAdded             SchemaKind = "rule-added"
	RuleRemoved           SchemaKind = "rule-removed"
	ListTypeChanged       SchemaKind = "list-type-changed"
	CombinationChanged    SchemaKind = "combination-changed"
	CombinationLoosened   SchemaKind = "combination-loosened"
	SensitivityAdded      SchemaKind = "sensitivity-added"
	SensitivityRemoved    SchemaKind = "sensitivity-removed"
	DocumentationChanged  SchemaKind = "documentation-changed"
	SchemaAdded           SchemaKind = "schema-added"
	SchemaRemoved         SchemaKind = "schema-removed"
	EmbeddedChanged       SchemaKind = "embedded-resource-changed"
	MapTypeChanged        SchemaKind = "map-type-changed"
	RequiredPropertyAdded SchemaKind = "required-property-added"
)

// Codes returns all codes, in the order of docs/comparing.md.
func Codes() []Code {
	codes := []Code{
		CaseFails, CaseWorks,
		NameChanged, MetadataChanged, ScopeAdded, ScopeRemoved, ScopeDefaultChanged, PhaseAdded, PhaseRemoved,
		PhaseOrderChanged, PhaseClassChanged, ProbeAdded, ProbeRemoved, ProbeChanged, PlatformAdded, PlatformRemoved,
		PlatformRangeNarrowed, PlatformRangeWidened, UniqueRequired, UniqueNotRequired, DependencyAdded,
		DependencyRemoved, DependencyChanged, DependencyLockChanged, ComponentAdded, ComponentRemoved,
		RepositoriesChanged, FilterChanged, TestsChanged,
		ImageAdded, ImageRemoved, ImageChanged, ImageDigestChanged,
		CRDAdded, CRDRemoved, CRDScopeChanged, CRDNamesChanged, CRDShortNamesChanged, CRDVersionAdded,
		CRDVersionRemoved, CRDStoredVersionRemoved, CRDVersionServed, CRDVersionNotServed, CRDVersionDeprecated,
		CRDStorageVersionChanged, CRDConversionChanged, CRDSubresourceAdded, CRDSubresourceRemoved,
		CRDSubresourceChanged, CRDColumnsChanged, CRDSelectableChanged, CRDUnconverted, CRDChanged,
		PermissionGained, PermissionLost, PermissionEscalation, PermissionsNotCompared,
		ObjectAdded, ObjectRemoved, ObjectRenamed, ObjectMoved, ObjectVersionChanged, FieldAdded, FieldRemoved,
		FieldChanged, FieldOrderChanged, FieldImmutable, CollisionChanged, ConditionMappingAdded, ConditionMappingRemoved,
	}
	for _, flavor := range []schemaFlavor{configFlavor, crdFlavor} {
		for _, kind := range schemaKinds() {
			if flavor == configFlavor || !slices.Contains(configOnly, kind) {
				codes = append(codes, flavor.code(kind))
			}
		}
	}
	return codes
}

// configOnly are kinds that custom resources do not have.
var configOnly = []SchemaKind{SchemaAdded, SchemaRemoved, TypeWidened, SensitivityAdded, SensitivityRemoved}

func schemaKinds() []SchemaKind {
	return []SchemaKind{
		SchemaAdded, SchemaRemoved, PropertyAdded, RequiredPropertyAdded, PropertyRemoved, RequiredAdded, RequiredRemoved,
		TypeChanged, TypeWidened, EnumAdded, EnumRemoved, EnumShrunk, EnumGrown, BoundTightened, BoundLoosened,
		PatternAdded, PatternChanged, PatternRemoved, FormatAdded, FormatChanged, FormatRemoved,
		DefaultAdded, DefaultChanged, DefaultRemoved, NullableAdded, NullableRemoved, UnknownKeysRefused,
		UnknownKeysAllowed, RuleAdded, RuleRemoved, ListTypeChanged, MapTypeChanged, EmbeddedChanged,
		CombinationChanged, CombinationLoosened, SensitivityAdded, SensitivityRemoved, DocumentationChanged,
	}
}

// isAddition reports whether something is there that was not, so that whoever
// relies on it needs the new version.
func (c Code) isAddition() bool {
	switch c {
	case CaseWorks, ScopeAdded, PlatformAdded, PlatformRangeWidened, UniqueNotRequired, ComponentAdded, ObjectAdded,
		CRDAdded, CRDVersionAdded, CRDVersionServed, CRDSubresourceAdded:
		return true
	}
	for _, prefix := range []schemaFlavor{configFlavor, crdFlavor} {
		kind, ok := strings.CutPrefix(string(c), string(prefix))
		switch SchemaKind(kind) {
		case PropertyAdded, RequiredRemoved, TypeWidened, EnumGrown, EnumRemoved, BoundLoosened, UnknownKeysAllowed,
			SchemaAdded, NullableAdded, PatternRemoved, FormatRemoved, RuleRemoved, CombinationLoosened:
			return ok
		}
	}
	return false
}
