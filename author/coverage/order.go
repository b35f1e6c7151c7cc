package coverage

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"

	"github.com/packstage/packstage/diagnostic"
)

// conditionKey tells a condition from others of its package.
type conditionKey struct {
	origin, name, expression string
	position                 diagnostic.Position
}

func (c Condition) key() conditionKey {
	return conditionKey{c.Origin, c.Name, c.Expression, c.Position}
}

func compareConditions(a, b Condition) int {
	return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Expression, b.Expression))
}

func compareProperties(a, b Property) int { return cmp.Compare(a.Path, b.Path) }

// comparePackages puts packages before components.
func comparePackages(a, b Package) int {
	return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Name, b.Name))
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
