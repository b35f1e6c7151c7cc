package coverage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// MaxProfileBytes is the largest JSON form of a profile that [Decode] reads.
const MaxProfileBytes = 256 << 20

// Encode returns the JSON form of the profile, which docs/coverage.md describes.
// Equal profiles have equal bytes.
func (p *Profile) Encode() []byte {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	// The types hold nothing that JSON cannot.
	_ = encoder.Encode(p)
	return data.Bytes()
}

// Decode reads the JSON form of a profile.
func Decode(data []byte) (*Profile, error) {
	if len(data) > MaxProfileBytes {
		return nil, fmt.Errorf("read coverage profile: %d bytes are more than %d", len(data), MaxProfileBytes)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	p := &Profile{}
	if err := decoder.Decode(p); err != nil {
		return nil, fmt.Errorf("read coverage profile: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read coverage profile: something follows the profile")
	}
	if p.Version != Version {
		return nil, fmt.Errorf("read coverage profile: version %d is not %d", p.Version, Version)
	}
	for i := range p.Packages {
		if err := p.Packages[i].check(); err != nil {
			return nil, fmt.Errorf("read coverage profile: %s: %w", p.Packages[i].title(), err)
		}
	}
	if !slices.IsSortedFunc(p.Packages, comparePackages) {
		return nil, errors.New("read coverage profile: the packages are not sorted")
	}
	return p, nil
}

// check reports what no profile has that a recorder made.
func (p *Package) check() error {
	if !slices.IsSorted(p.Cases) {
		return errors.New("the cases are not sorted")
	}
	lists := [][]int{}
	for _, file := range p.Files {
		for _, point := range file.Points {
			if point.Start < 0 || point.End < point.Start || point.Line < 1 || point.Column < 1 {
				return fmt.Errorf("%s has a point that lies nowhere", file.Path)
			}
			lists = append(lists, point.Cases)
		}
	}
	for _, condition := range p.Conditions {
		lists = append(lists, condition.True.Cases, condition.False.Cases)
	}
	for _, property := range p.Properties {
		lists = append(lists, property.ReachedBy, property.VariedBy)
	}
	for _, list := range lists {
		for i, number := range list {
			if number < 0 || number >= len(p.Cases) || i > 0 && list[i-1] >= number {
				return errors.New("a list of cases names no case")
			}
		}
	}
	return nil
}
