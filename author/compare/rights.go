package compare

import (
	"maps"
	"strings"
)

// holder is someone who may do something, in one place.
type holder struct {
	kind, namespace, name string
	// where is the namespace in which the permissions hold: everywhere, or
	// ownNamespace where the objects do not name it.
	where string
	// role is that of an unboundRole.
	role roleKey
}

const (
	everywhere   = ""
	ownNamespace = "."
	// unboundRole is the kind of holder that stands for whoever is bound to a role
	// elsewhere.
	unboundRole = "role"
	// aggregate is the kind of holder that stands for whoever has a role that
	// others are aggregated to.
	aggregate = "aggregate"
)

func (h holder) everywhere() holder {
	h.where = everywhere
	return h
}

// String names the holder at the beginning of a sentence.
func (h holder) String() string {
	name := h.name
	if h.namespace != "" {
		name = h.namespace + "/" + name
	}
	switch h.kind {
	case unboundRole:
		return "whoever is bound to " + h.role.kind + " " + name
	case aggregate:
		return "whoever has the ClusterRole " + name
	default:
		return h.kind + " " + name
	}
}

func (h holder) place() string {
	switch {
	case h.kind == unboundRole:
		return ""
	case h.where == everywhere:
		return ", cluster-wide"
	case h.where == ownNamespace:
		return ", in the namespace of the instance"
	default:
		return ", in the namespace " + h.where
	}
}

// roleKey names a role.
type roleKey struct{ kind, namespace, name string }

// grant is one source of permissions.
type grant struct {
	// object is the role, or the binding to a role that is not in the package.
	object ObjectReference
	atoms  atomSet
	// foreign is a role that is not in the package: "ClusterRole view".
	foreign string
	// namespaced is what is left of it in a single namespace; nil until it is asked for.
	namespaced *grant
}

// inNamespace is what a binding in one namespace gives: no path that is no resource.
func (g *grant) inNamespace() *grant {
	if g.namespaced == nil {
		left := *g
		left.atoms = maps.Clone(g.atoms)
		maps.DeleteFunc(left.atoms, func(a atom, _ struct{}) bool { return a.url != "" })
		g.namespaced = &left
	}
	return g.namespaced
}

// rights are all permissions that a set of objects gives.
type rights struct {
	roles    map[roleKey]*grant
	grants   map[holder][]*grant
	bound    map[roleKey]bool
	exceeded bool
	atoms    int
	unions   map[holder]atomSet
}

const rbacGroupName = "rbac.authorization.k8s.io"

func newRights(objects []map[string]any) *rights {
	r := &rights{
		roles: map[roleKey]*grant{}, grants: map[holder][]*grant{}, bound: map[roleKey]bool{}, unions: map[holder]atomSet{},
	}
	var roles, bindings []map[string]any
	for _, object := range objects {
		if !strings.HasPrefix(textAt(object, "apiVersion"), rbacGroupName+"/") {
			continue
		}
		switch textAt(object, "kind") {
		case "Role", "ClusterRole":
			roles = append(roles, object)
		case "RoleBinding", "ClusterRoleBinding":
			bindings = append(bindings, object)
		}
	}
	for _, role := range roles {
		r.addRole(role, roles)
	}
	for _, binding := range bindings {
		r.bind(binding)
	}
	for _, role := range roles {
		r.addUnbound(role)
	}
	return r
}

// addRole reads the rules of a role; those of an aggregated one are those of all
// roles in the package with its labels.
func (r *rights) addRole(role map[string]any, all []map[string]any) {
	made := &grant{object: referenceOf(role), atoms: atomSet{}}
	if r.atoms > mostAtoms {
		r.exceeded = true
		r.roles[keyOfRole(made.object)] = made
		return
	}
	sources := []map[string]any{role}
	for _, selector := range listAt(role, "aggregationRule", "clusterRoleSelectors") {
		for _, other := range all {
			if textAt(other, "kind") == "ClusterRole" && selects(selector, other) {
				sources = append(sources, other)
			}
		}
	}
	for _, source := range sources {
		for _, item := range listAt(source, "rules") {
			rule, ok := item.(map[string]any)
			if ok && !made.atoms.expand(rule) {
				r.exceeded = true
			}
		}
	}
	r.atoms += len(made.atoms)
	r.roles[keyOfRole(made.object)] = made
}

func keyOfRole(object ObjectReference) roleKey {
	return roleKey{object.Kind, object.Namespace, object.Name}
}

// bind gives the permissions of a role to the subjects of a binding.
func (r *rights) bind(binding map[string]any) {
	object := referenceOf(binding)
	where := everywhere
	if object.Kind == "RoleBinding" {
		where = object.Namespace
		if where == "" {
			where = ownNamespace
		}
	}
	key := roleKey{textAt(binding, "roleRef", "kind"), "", textAt(binding, "roleRef", "name")}
	if key.kind == "Role" {
		key.namespace = object.Namespace
	}
	role, known := r.roles[key]
	r.bound[key] = true
	if !known {
		role = foreignRole(key, object)
	}
	if where != everywhere {
		role = role.inNamespace()
	}
	for _, subject := range listAt(binding, "subjects") {
		at := holder{textAt(subject, "kind"), textAt(subject, "namespace"), textAt(subject, "name"), where, roleKey{}}
		r.grants[at] = append(r.grants[at], role)
	}
}

// foreignRole stands for a role that is not in the package. What cluster-admin may
// is the same everywhere.
func foreignRole(key roleKey, binding ObjectReference) *grant {
	if key.kind == "ClusterRole" && key.name == "cluster-admin" {
		return &grant{object: binding, atoms: atomSet{
			atom{verb: anyOne, group: anyOne, resource: anyOne}: {}, atom{verb: anyOne, url: anyOne}: {},
		}}
	}
	return &grant{object: binding, atoms: atomSet{}, foreign: key.kind + " " + key.name}
}

const aggregateTo = rbacGroupName + "/aggregate-to-"

// addUnbound gives the permissions of a role to those who are bound elsewhere.
func (r *rights) addUnbound(role map[string]any) {
	object := referenceOf(role)
	key := keyOfRole(object)
	for label, value := range mapAt(role, "metadata", "labels") {
		if name, ok := strings.CutPrefix(label, aggregateTo); ok && value == "true" {
			at := holder{kind: aggregate, name: name}
			r.grants[at] = append(r.grants[at], r.roles[key])
			r.bound[key] = true
		}
	}
	at := holder{kind: unboundRole, namespace: key.namespace, name: key.name, role: key}
	r.grants[at] = append(r.grants[at], r.roles[key])
}

// union is all that a holder may do in its place.
func (r *rights) union(key holder) atomSet {
	grants := r.grants[key]
	if len(grants) == 1 {
		return grants[0].atoms
	}
	if known, ok := r.unions[key]; ok {
		return known
	}
	all := atomSet{}
	for _, grant := range grants {
		for one := range grant.atoms {
			all[one] = struct{}{}
		}
	}
	r.unions[key] = all
	return all
}

// foreign returns the roles that a holder is bound to and the package does not have.
func (r *rights) foreign(key holder) []string {
	var roles []string
	seen := map[string]bool{}
	for _, grant := range r.grants[key] {
		if grant.foreign != "" && !seen[grant.foreign] {
			seen[grant.foreign] = true
			roles = append(roles, grant.foreign)
		}
	}
	return roles
}

func (r *rights) holdsForeign(key holder, role string) bool {
	for _, at := range []holder{key, key.everywhere()} {
		for _, grant := range r.grants[at] {
			if grant.foreign == role {
				return true
			}
		}
	}
	return false
}
