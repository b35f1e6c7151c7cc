package template

// FunctionInfo describes a function that templates have, or that sprig has and
// templates do not.
type FunctionInfo struct {
	// Name by which templates call it.
	Name string
	// Origin is "text/template", "sprig" or "package": the functions of the
	// package format.
	Origin string
	// Available tells whether templates have it.
	Available bool
	// Note says why it was left out or where it differs from its origin; it may
	// be empty.
	Note string
}

// Functions returns all functions, those of text/template first, then those of
// the format, then sprig's, each in the order of the catalog below.
func Functions() []FunctionInfo {
	var all []FunctionInfo
	for _, f := range builtinCatalog {
		all = append(all, FunctionInfo{Name: f.name, Origin: "text/template", Available: true, Note: f.note})
	}
	for _, f := range formatCatalog {
		all = append(all, FunctionInfo{Name: f.name, Origin: "package", Available: true, Note: f.note})
	}
	for _, f := range sprigCatalog {
		all = append(all, FunctionInfo{Name: f.name, Origin: "sprig", Available: f.build != nil, Note: f.note})
	}
	return all
}

// catalogEntry is one function. build makes it for an execution; it is nil for
// a sprig function that was left out, and for a function of text/template that
// is used as it is.
type catalogEntry struct {
	name  string
	note  string
	build builder
}

const (
	readsClock   = "reads the clock"
	usesTime     = "shows times in the machine's time zone"
	isRandom     = "is random"
	readsMachine = "reads the machine"
	usesNetwork  = "asks the network"
	isRandomKey  = "makes random keys, and its result would differ at every render"
	isSlow       = "derives keys, which takes seconds"
	handlesKeys  = "handles private keys, which do not belong into a template"
	osPaths      = "depends on the operating system"
)

var builtinCatalog = []catalogEntry{
	{name: "and"}, {name: "or"}, {name: "not"}, {name: "len"}, {name: "index"}, {name: "call"},
	{name: "eq"}, {name: "ne"}, {name: "lt"}, {name: "le"}, {name: "gt"}, {name: "ge"},
	{name: "print", build: buildPrint}, {name: "println", build: buildPrintln},
	{name: "printf", note: "is an error where fmt would write %! into the output; has no %p", build: buildPrintf},
	{name: "html", build: buildEscape(5, htmlEscape)}, {name: "js", build: buildEscape(6, jsEscape)},
	{name: "urlquery", build: buildEscape(3, queryEscape)},
}

var formatCatalog = []catalogEntry{
	{name: "include", build: buildInclude}, {name: "toYAML", build: buildToYAML}, {name: "fromYAML", build: buildFromYAML},
	{name: "getFile", build: buildGetFile}, {name: "getFileGlob", build: buildGetFileGlob},
	{name: "b64decMap", build: buildB64DecMap}, {name: "cel", build: buildCEL},
}

// sprigCatalog holds every function of sprig v3.3.0.
var sprigCatalog = []catalogEntry{
	{name: "hello", build: asIs},

	{name: "ago", note: readsClock}, {name: "date", note: usesTime}, {name: "date_in_zone", note: usesTime},
	{name: "date_modify", note: usesTime}, {name: "dateInZone", note: usesTime}, {name: "dateModify", note: usesTime},
	{name: "duration", build: readAnyText}, {name: "durationRound", build: readAnyText},
	{name: "htmlDate", note: usesTime}, {name: "htmlDateInZone", note: usesTime},
	{name: "must_date_modify", note: usesTime}, {name: "mustDateModify", note: usesTime}, {name: "mustToDate", note: usesTime},
	{name: "now", note: readsClock}, {name: "toDate", note: usesTime}, {name: "unixEpoch", note: usesTime},

	{name: "abbrev", build: numberText}, {name: "abbrevboth", build: asIs}, {name: "trunc", build: asIs},
	{name: "trim", build: readText[string]}, {name: "upper", build: text(3)}, {name: "lower", build: text(3)},
	{name: "title", build: text(3)}, {name: "untitle", build: text(3)}, {name: "substr", build: buildSubstr},
	{name: "repeat", build: buildRepeat}, {name: "trimall", build: readTexts[string]}, {name: "trimAll", build: readTexts[string]},
	{name: "trimSuffix", build: readTexts[string]}, {name: "trimPrefix", build: readTexts[string]}, {name: "nospace", build: text(2)},
	{name: "initials", build: text(2)}, {name: "randAlphaNum", note: isRandom}, {name: "randAlpha", note: isRandom},
	{name: "randAscii", note: isRandom}, {name: "randNumeric", note: isRandom}, {name: "swapcase", build: text(3)},
	{name: "shuffle", note: isRandom}, {name: "snakecase", build: text(3)}, {name: "camelcase", build: text(3)},
	{name: "kebabcase", build: text(3)}, {name: "wrap", build: buildWrap}, {name: "wrapWith", build: buildWrapWith},
	{name: "contains", build: readTexts[bool]}, {name: "hasPrefix", build: readTexts[bool]}, {name: "hasSuffix", build: readTexts[bool]},
	{name: "quote", build: variadicText(4)}, {name: "squote", build: variadicText(2)}, {name: "cat", build: variadicText(2)},
	{name: "indent", build: buildIndent}, {name: "nindent", build: buildIndent}, {name: "replace", build: buildReplace},
	{name: "plural", build: asIs}, {name: "sha1sum", build: text(1)}, {name: "sha256sum", build: text(1)},
	{name: "sha512sum", build: text(1)}, {name: "adler32sum", build: text(1)}, {name: "toString", build: anyText(1)},

	{name: "atoi", build: readText[int]}, {name: "int64", build: number[int64]}, {name: "int", build: number[int]},
	{name: "float64", build: number[float64]}, {name: "seq", build: buildSeq}, {name: "toDecimal", build: buildDecimal},
	{name: "split", build: buildSplit}, {name: "splitList", build: buildSplitList}, {name: "splitn", build: buildSplitN},
	{name: "toStrings", build: buildToStrings}, {name: "until", build: buildUntil}, {name: "untilStep", build: buildUntilStep},

	{name: "add1", build: number[int64]}, {name: "add", build: numbers[int64]}, {name: "sub", build: twoNumbers[int64]},
	{name: "div", build: twoNumbers[int64]}, {name: "mod", build: twoNumbers[int64]}, {name: "mul", build: numberAndMore[int64]},
	{name: "randInt", note: isRandom}, {name: "add1f", build: number[float64]}, {name: "addf", build: numbers[float64]},
	{name: "subf", build: numberAndMore[float64]}, {name: "divf", build: numberAndMore[float64]},
	{name: "mulf", build: numberAndMore[float64]}, {name: "biggest", build: numberAndMore[int64]},
	{name: "max", build: numberAndMore[int64]}, {name: "min", build: numberAndMore[int64]},
	{name: "maxf", build: numberAndMore[float64]}, {name: "minf", build: numberAndMore[float64]},
	{name: "ceil", build: number[float64]}, {name: "floor", build: number[float64]}, {name: "round", build: buildRound},
	{name: "join", build: buildJoin}, {name: "sortAlpha", build: buildSortAlpha},

	{name: "default", build: asIs}, {name: "empty", build: asIs}, {name: "coalesce", build: asIs}, {name: "all", build: asIs},
	{name: "any", build: asIs}, {name: "compact", build: listToList}, {name: "mustCompact", build: listToList},
	{name: "fromJson", build: buildFromJSON}, {name: "toJson", build: anyText(6)},
	{name: "toPrettyJson", build: anyText(6)}, {name: "toRawJson", build: anyText(6)},
	{name: "mustFromJson", build: buildFromJSON}, {name: "mustToJson", build: anyText(6)},
	{name: "mustToPrettyJson", build: anyText(6)}, {name: "mustToRawJson", build: anyText(6)},
	{name: "ternary", build: asIs}, {name: "deepCopy", build: buildDeepCopy}, {name: "mustDeepCopy", build: buildDeepCopy},

	{name: "typeOf", build: asIs}, {name: "typeIs", build: asIs}, {name: "typeIsLike", build: asIs}, {name: "kindOf", build: asIs},
	{name: "kindIs", build: asIs}, {name: "deepEqual", build: buildDeepEqual},

	{name: "env", note: readsMachine}, {name: "expandenv", note: readsMachine}, {name: "getHostByName", note: usesNetwork},

	{name: "base", build: text(1)}, {name: "dir", build: text(1)}, {name: "clean", build: text(1)}, {name: "ext", build: text(1)},
	{name: "isAbs", build: asIs}, {name: "osBase", note: osPaths}, {name: "osClean", note: osPaths}, {name: "osDir", note: osPaths},
	{name: "osExt", note: osPaths}, {name: "osIsAbs", note: osPaths},

	{name: "b64enc", build: text(2)}, {name: "b64dec", build: text(1)}, {name: "b32enc", build: text(2)}, {name: "b32dec", build: text(1)},

	{name: "tuple", build: buildList}, {name: "list", build: buildList}, {name: "dict", build: buildDict}, {name: "get", build: asIs},
	{name: "set", note: "refuses cycles", build: buildSet}, {name: "unset", build: asIs}, {name: "hasKey", build: asIs},
	{name: "pluck", build: buildPluck}, {name: "keys", note: "sorted", build: buildKeys}, {name: "pick", build: buildPickOrOmit},
	{name: "omit", build: buildPickOrOmit},
	{name: "merge", note: mergeNote, build: buildMerge}, {name: "mergeOverwrite", note: mergeNote, build: buildMerge},
	{name: "mustMerge", note: mergeNote, build: buildMerge}, {name: "mustMergeOverwrite", note: mergeNote, build: buildMerge},
	{name: "values", note: "in the order of the keys", build: buildValues},
	{name: "append", build: listAndValue}, {name: "push", build: listAndValue}, {name: "mustAppend", build: listAndValue},
	{name: "mustPush", build: listAndValue}, {name: "prepend", build: listAndValue}, {name: "mustPrepend", build: listAndValue},
	{name: "first", build: listToValue}, {name: "mustFirst", build: listToValue}, {name: "rest", build: listToList},
	{name: "mustRest", build: listToList}, {name: "last", build: listToValue}, {name: "mustLast", build: listToValue},
	{name: "initial", build: listToList}, {name: "mustInitial", build: listToList}, {name: "reverse", build: listToList},
	{name: "mustReverse", build: listToList}, {name: "uniq", build: buildUniq}, {name: "mustUniq", build: buildUniq},
	{name: "without", build: buildWithout}, {name: "mustWithout", build: buildWithout}, {name: "has", build: buildHas},
	{name: "mustHas", build: buildHas}, {name: "slice", note: "is sprig's, for lists only", build: buildSlice},
	{name: "mustSlice", build: buildSlice}, {name: "concat", build: buildConcat}, {name: "dig", build: buildDig},
	{name: "chunk", build: buildChunk}, {name: "mustChunk", build: buildChunk},

	{name: "bcrypt", note: isRandom}, {name: "htpasswd", note: isRandom}, {name: "genPrivateKey", note: isRandomKey},
	{name: "derivePassword", note: isSlow}, {name: "buildCustomCert", note: handlesKeys}, {name: "genCA", note: isRandomKey},
	{name: "genCAWithKey", note: isRandomKey}, {name: "genSelfSignedCert", note: isRandomKey},
	{name: "genSelfSignedCertWithKey", note: isRandomKey}, {name: "genSignedCert", note: isRandomKey},
	{name: "genSignedCertWithKey", note: isRandomKey}, {name: "encryptAES", note: isRandom}, {name: "decryptAES", note: handlesKeys},
	{name: "randBytes", note: isRandom}, {name: "uuidv4", note: isRandom},

	{name: "semver", build: buildSemver}, {name: "semverCompare", build: buildSemverCompare}, {name: "fail", build: buildFail},

	{name: "regexMatch", build: buildRegexMatch(false)}, {name: "mustRegexMatch", build: buildRegexMatch(true)},
	{name: "regexFindAll", build: buildRegexFindAll}, {name: "mustRegexFindAll", build: buildRegexFindAll},
	{name: "regexFind", build: buildRegexFind}, {name: "mustRegexFind", build: buildRegexFind},
	{name: "regexReplaceAll", build: buildRegexReplace(false)}, {name: "mustRegexReplaceAll", build: buildRegexReplace(false)},
	{name: "regexReplaceAllLiteral", build: buildRegexReplace(true)},
	{name: "mustRegexReplaceAllLiteral", build: buildRegexReplace(true)},
	{name: "regexSplit", build: buildRegexSplit}, {name: "mustRegexSplit", build: buildRegexSplit},
	{name: "regexQuoteMeta", build: text(2)},

	{name: "urlParse", build: buildURLParse}, {name: "urlJoin", build: buildURLJoin},
}

const mergeNote = "copies what it takes from the sources, so that no cycle can arise"
