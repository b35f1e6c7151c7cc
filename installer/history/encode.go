package history

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	pathsegment "k8s.io/apimachinery/pkg/api/validate/content"
	kjson "sigs.k8s.io/json"

	"github.com/packstage/packstage/packagetypes"
)

const (
	// MaxChunk is the most bytes of content in one Secret, which Kubernetes allows one
	// mebibyte of data.
	MaxChunk = 900 << 10
	// MaxChunks is the most Secrets of one revision: compressed content is at most
	// MaxChunk times that.
	MaxChunks = 64
	// MaxObjects is the most objects of one revision.
	MaxObjects = 20_000
	// maxValues bounds the values of the JSON, because a value of two bytes takes
	// dozens in memory.
	maxValues = 4_000_000
)

// limits of what is written and read: the JSON's size (TotalOutput).
func limits() packagetypes.Limits { return packagetypes.DefaultLimits() }

// encodeContent returns the content as it is stored. Content that could not be read
// again, because it is too large, is a [*packagetypes.LimitError].
func encodeContent(content *Content) ([]byte, error) {
	if content == nil || content.Instance == nil {
		return nil, errors.New("store a revision: it has no instance")
	}
	stored, err := storeContent(content)
	if err != nil {
		return nil, err
	}
	if err := checkContent(stored); err != nil {
		return nil, err
	}
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(stored); err != nil {
		return nil, fmt.Errorf("encode content: %w", err)
	}
	if err := checkJSON(plain.Bytes()); err != nil {
		return nil, err
	}
	var compressed bytes.Buffer
	// The fastest level: what is stored once for each change need not be small, and
	// another level would save a tenth.
	writer, err := gzip.NewWriterLevel(&compressed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(plain.Bytes()); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	if compressed.Len() > MaxChunk*MaxChunks {
		return nil, &packagetypes.LimitError{Limit: "CompressedContent", Value: int64(compressed.Len()), Max: MaxChunk * MaxChunks}
	}
	return compressed.Bytes(), nil
}

// decodeContent is the inverse of encodeContent. Errors say what is wrong without
// anything of the content.
func decodeContent(compressed []byte) (*Content, error) {
	plain, err := unpack(compressed, limits().TotalOutput)
	if err != nil {
		return nil, err
	}
	if err := checkJSON(plain); err != nil {
		return nil, err
	}
	var stored storedContent
	strict, err := kjson.UnmarshalStrict(plain, &stored)
	if stored.Version != contentVersion && stored.Version != 0 {
		return nil, fmt.Errorf("it is of version %d, and version %d is known: another version of the installer has written it", stored.Version, contentVersion)
	}
	// What the decoder says may quote values.
	if err != nil || len(strict) > 0 || stored.Version == 0 {
		return nil, errors.New("it is not JSON of the form that is written")
	}
	if err := checkContent(&stored); err != nil {
		return nil, err
	}
	return stored.content(), nil
}

// unpack returns what was compressed, up to a limit.
func unpack(compressed []byte, limit int64) ([]byte, error) {
	source := bytes.NewReader(compressed)
	reader, err := gzip.NewReader(source)
	if err != nil {
		return nil, fmt.Errorf("it is not gzip: %w", err)
	}
	reader.Multistream(false)
	plain, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err != nil {
		return nil, fmt.Errorf("it is not whole: %w", err)
	}
	if int64(len(plain)) > limit {
		return nil, &packagetypes.LimitError{Limit: "TotalOutput", Value: limit + 1, Max: limit}
	}
	if source.Len() > 0 {
		return nil, fmt.Errorf("%d bytes follow its end", source.Len())
	}
	return plain, nil
}

// checkJSON bounds the JSON before it becomes values.
func checkJSON(plain []byte) error {
	if limit := limits().TotalOutput; int64(len(plain)) > limit {
		return &packagetypes.LimitError{Limit: "TotalOutput", Value: int64(len(plain)), Max: limit}
	}
	values, inText := 1, false
	for i := 0; i < len(plain); i++ {
		switch c := plain[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case !inText && (c == ',' || c == '{' || c == '['):
			values++
		}
	}
	if values > maxValues {
		return &packagetypes.LimitError{Limit: "ContentValues", Value: int64(values), Max: maxValues}
	}
	return nil
}

// checkContent judges what types do not.
func checkContent(stored *storedContent) error {
	objects := int64(0)
	for _, phase := range stored.Instance.Phases {
		for _, object := range phase.Objects {
			if object.Object == nil {
				return fmt.Errorf("phase %q has an object without fields", phase.Name)
			}
		}
		objects += int64(len(phase.Objects))
	}
	if objects > MaxObjects {
		return &packagetypes.LimitError{Limit: "Objects", Value: objects, Max: MaxObjects}
	}
	return checkLeftovers(stored.Leftovers)
}

// checkLeftovers wants references that can be those of objects, and no more than there
// are of objects in ten revisions: each of them is asked for.
func checkLeftovers(leftovers []Leftover) error {
	if len(leftovers) > 10*MaxObjects {
		return &packagetypes.LimitError{Limit: "Leftovers", Value: int64(len(leftovers)), Max: 10 * MaxObjects}
	}
	for _, leftover := range leftovers {
		at := leftover.Reference
		if at.Version == "" || at.Kind == "" || at.Name == "" ||
			len(pathsegment.IsPathSegmentName(at.Name)) > 0 || len(pathsegment.IsPathSegmentName(at.Namespace)) > 0 {
			return fmt.Errorf("leftover %q can be no object", at)
		}
	}
	return nil
}

// contentDigest returns the digest of compressed content.
func contentDigest(compressed []byte) string {
	sum := sha256.Sum256(compressed)
	return "sha256:" + hex.EncodeToString(sum[:])
}
