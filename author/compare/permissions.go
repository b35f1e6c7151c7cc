package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Permissions compares who may do what: the Roles, ClusterRoles, RoleBindings and
// ClusterRoleBindings among two sets of objects, which are plain values; all other
// objects are passed over.
//
// Bound roles are compared by what each subject may do, over all of its bindings,
// in each namespace and everywhere; a permission that a wildcard covers, or one that
// holds everywhere, is not gained again. Roles that nothing in the package binds
// are compared by what they allow whoever is bound to them elsewhere.
func Permissions(before, after []map[string]any) []Change {
	a, b := newRights(before), newRights(after)
	var changes []Change
	if (a.exceeded || b.exceeded) && !slices.EqualFunc(before, after, equalMaps) {
		changes = append(changes, Change{
			Code: PermissionsNotCompared, Area: AreaRBAC, Effect: Notable,
			Message: fmt.Sprintf("the roles allow more than %d single permissions, which are not all compared", mostAtoms),
		})
	}
	for _, key := range holders(a, b) {
		changes = append(changes, gained(key, a, b)...)
		changes = append(changes, lost(key, a, b)...)
	}
	return sortChanges(changes)
}

// holders returns whoever has a right on one of the sides, in order.
func holders(a, b *rights) []holder {
	all := map[holder]bool{}
	for _, side := range []*rights{a, b} {
		for key := range side.grants {
			all[key] = true
		}
	}
	keys := make([]holder, 0, len(all))
	for key := range all {
		// What roles allow that one side binds is said of those who are bound.
		if key.kind == unboundRole && (a.bound[key.role] || b.bound[key.role]) {
			continue
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, holder.compare)
	return keys
}

func (h holder) compare(other holder) int {
	return cmp.Or(cmp.Compare(h.kind, other.kind), cmp.Compare(h.namespace, other.namespace), cmp.Compare(h.name, other.name),
		cmp.Compare(h.where, other.where))
}

func gained(key holder, a, b *rights) []Change {
	if key.kind == unboundRole && len(a.grants[key]) == 0 {
		return nil // a new role that is bound to nobody gives nobody anything
	}
	atoms := b.union(key).beyond(a.union(key), a.union(key.everywhere()))
	var escalating, plain []atom
	for _, one := range atoms {
		if one.escalates() {
			escalating = append(escalating, one)
		} else {
			plain = append(plain, one)
		}
	}
	var changes []Change
	if len(escalating) > 0 {
		change := key.change(PermissionEscalation, b, escalating, "gains")
		change.Escalation = true
		change.Message += ", which is a way to more permissions"
		changes = append(changes, change)
	}
	if len(plain) > 0 {
		changes = append(changes, key.change(PermissionGained, b, plain, "gains"))
	}
	for _, role := range b.foreign(key) {
		if !a.holdsForeign(key, role) {
			change := key.foreignChange(PermissionGained, b, role, "gains")
			if slices.Contains([]string{"ClusterRole admin", "ClusterRole edit"}, role) {
				change.Code, change.Escalation = PermissionEscalation, true
			}
			changes = append(changes, change)
		}
	}
	return changes
}

func lost(key holder, a, b *rights) []Change {
	var changes []Change
	if atoms := a.union(key).beyond(b.union(key), b.union(key.everywhere())); len(atoms) > 0 {
		change := key.change(PermissionLost, a, atoms, "loses")
		change.Side = SideA
		changes = append(changes, change)
	}
	for _, role := range a.foreign(key) {
		if !b.holdsForeign(key, role) {
			change := key.foreignChange(PermissionLost, a, role, "loses")
			change.Side = SideA
			changes = append(changes, change)
		}
	}
	return changes
}

// change says what a holder gains or loses. The object is the role that the first of
// the permissions comes from.
func (h holder) change(code Code, side *rights, atoms []atom, verb string) Change {
	permissions := gather(atoms)
	change := Change{
		Code: code, Area: AreaRBAC, Effect: Notable, Permissions: permissions, Side: SideB,
		Message: fmt.Sprintf("%s %s %s%s", h, verb, listPermissions(permissions), h.place()),
		pathA:   []any{"rules"}, pathB: []any{"rules"},
	}
	for _, grant := range side.grants[h] {
		if _, ok := grant.atoms[atoms[0]]; ok {
			change.Object = &grant.object
			break
		}
	}
	return change
}

// listPermissions returns permissions as a list for a message.
func listPermissions(permissions []Permission) string {
	var texts []string
	for i, permission := range permissions {
		if i == mostPermissions {
			texts = append(texts, fmt.Sprintf("%d more", len(permissions)-i))
			break
		}
		texts = append(texts, cut(permission.String(), mostPermission))
	}
	return strings.Join(texts, "; ")
}

// mostPermissions is how many of them stand in a message.
const mostPermissions = 8

// mostPermission is the length to which one permission stands in a message; the
// change holds all of it.
const mostPermission = 200

func (h holder) foreignChange(code Code, side *rights, role, verb string) Change {
	change := Change{
		Code: code, Area: AreaRBAC, Effect: Notable, Side: SideB, Field: "roleRef",
		Message: fmt.Sprintf("%s %s what the %s allows, which is not in the package%s", h, verb, role, h.place()),
		pathA:   []any{"roleRef"}, pathB: []any{"roleRef"},
	}
	for _, grant := range side.grants[h] {
		if grant.foreign == role {
			change.Object = &grant.object
			break
		}
	}
	return change
}
