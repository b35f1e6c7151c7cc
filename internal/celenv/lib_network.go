package celenv

import (
	"fmt"
	"net/netip"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

func ipType() *cel.Type   { return cel.ObjectType("net.IP") }
func cidrType() *cel.Type { return cel.ObjectType("net.CIDR") }

func ipValue(address netip.Addr) ref.Val {
	return opaque[netip.Addr]{ipType(), address, func(a, b netip.Addr) bool { return a == b }}
}

func cidrValue(prefix netip.Prefix) ref.Val {
	return opaque[netip.Prefix]{cidrType(), prefix, func(a, b netip.Prefix) bool { return a == b }}
}

// parseIP refuses zones and IPv4 addresses inside IPv6 ones, as Kubernetes does.
func parseIP(text string) (netip.Addr, error) {
	address, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return netip.Addr{}, fmt.Errorf("IP Address %q parse error during conversion from string: %w", text, err)
	case address.Zone() != "":
		return netip.Addr{}, fmt.Errorf("IP address %q with zone value is not allowed", text)
	case address.Is4In6():
		return netip.Addr{}, fmt.Errorf("IPv4-mapped IPv6 address %q is not allowed", text)
	}
	return address, nil
}

func parseCIDR(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("network address parse error during conversion from string: %w", err)
	case prefix.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("IPv4-mapped IPv6 address %q is not allowed", text)
	}
	return prefix, nil
}

// ipFunctions are those of Kubernetes.
func ipFunctions() []cel.EnvOption {
	kind := ipType()
	is := func(name, overload string, of func(netip.Addr) bool) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload(overload, []*cel.Type{kind}, cel.BoolType, truth(of)))
	}
	return []cel.EnvOption{
		cel.Types(kind),
		cel.Function("ip", cel.Overload("string_to_ip", []*cel.Type{cel.StringType}, kind, onText(func(text string) ref.Val {
			address, err := parseIP(text)
			if err != nil {
				return types.WrapErr(err)
			}
			return ipValue(address)
		}))),
		cel.Function("isIP", cel.Overload("is_ip", []*cel.Type{cel.StringType}, cel.BoolType, onText(func(text string) ref.Val {
			_, err := parseIP(text)
			return types.Bool(err == nil)
		}))),
		cel.Function("ip.isCanonical", cel.Overload("ip_is_canonical", []*cel.Type{cel.StringType}, cel.BoolType,
			onText(func(text string) ref.Val {
				address, err := parseIP(text)
				if err != nil {
					return types.WrapErr(err)
				}
				return types.Bool(address.String() == text)
			}))),
		cel.Function("family", cel.MemberOverload("ip_family", []*cel.Type{kind}, cel.IntType, on(func(a netip.Addr) ref.Val {
			if a.Is4() {
				return types.Int(4)
			}
			return types.Int(6)
		}))),
		is("isUnspecified", "ip_is_unspecified", netip.Addr.IsUnspecified),
		is("isLoopback", "ip_is_loopback", netip.Addr.IsLoopback),
		is("isLinkLocalMulticast", "ip_is_link_local_multicast", netip.Addr.IsLinkLocalMulticast),
		is("isLinkLocalUnicast", "ip_is_link_local_unicast", netip.Addr.IsLinkLocalUnicast),
		is("isGlobalUnicast", "ip_is_global_unicast", netip.Addr.IsGlobalUnicast),
		cel.Function("string", cel.Overload("ip_to_string", []*cel.Type{kind}, cel.StringType,
			on(func(a netip.Addr) ref.Val { return types.String(a.String()) }))),
	}
}

// cidrFunctions are those of Kubernetes.
func cidrFunctions() []cel.EnvOption {
	kind, address, text := cidrType(), ipType(), cel.StringType
	containsIP := func(prefix netip.Prefix, a netip.Addr) ref.Val { return types.Bool(prefix.Contains(a)) }
	containsCIDR := func(outer, inner netip.Prefix) ref.Val {
		return types.Bool(outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr()))
	}
	return []cel.EnvOption{
		cel.Types(kind),
		cel.Function("cidr", cel.Overload("string_to_cidr", []*cel.Type{text}, kind, onText(func(s string) ref.Val {
			prefix, err := parseCIDR(s)
			if err != nil {
				return types.WrapErr(err)
			}
			return cidrValue(prefix)
		}))),
		cel.Function("isCIDR", cel.Overload("is_cidr", []*cel.Type{text}, cel.BoolType, onText(func(s string) ref.Val {
			_, err := parseCIDR(s)
			return types.Bool(err == nil)
		}))),
		cel.Function("containsIP",
			cel.MemberOverload("cidr_contains_ip_ip", []*cel.Type{kind, address}, cel.BoolType, ofCIDR(
				func(prefix netip.Prefix, other ref.Val) ref.Val {
					a, ok := other.(opaque[netip.Addr])
					if !ok {
						return types.MaybeNoSuchOverloadErr(other)
					}
					return containsIP(prefix, a.value)
				})),
			cel.MemberOverload("cidr_contains_ip_string", []*cel.Type{kind, text}, cel.BoolType, ofCIDR(
				func(prefix netip.Prefix, other ref.Val) ref.Val {
					a, err := parseIP(fmt.Sprint(other.Value()))
					if err != nil {
						return types.WrapErr(err)
					}
					return containsIP(prefix, a)
				}))),
		cel.Function("containsCIDR",
			cel.MemberOverload("cidr_contains_cidr", []*cel.Type{kind, kind}, cel.BoolType, onTwo(containsCIDR)),
			cel.MemberOverload("cidr_contains_cidr_string", []*cel.Type{kind, text}, cel.BoolType, ofCIDR(
				func(prefix netip.Prefix, other ref.Val) ref.Val {
					inner, err := parseCIDR(fmt.Sprint(other.Value()))
					if err != nil {
						return types.WrapErr(err)
					}
					return containsCIDR(prefix, inner)
				}))),
		cel.Function("ip", cel.MemberOverload("cidr_ip", []*cel.Type{kind}, address,
			on(func(prefix netip.Prefix) ref.Val { return ipValue(prefix.Addr()) }))),
		cel.Function("masked", cel.MemberOverload("cidr_masked", []*cel.Type{kind}, kind,
			on(func(prefix netip.Prefix) ref.Val { return cidrValue(prefix.Masked()) }))),
		cel.Function("prefixLength", cel.MemberOverload("cidr_prefix_length", []*cel.Type{kind}, cel.IntType,
			on(func(prefix netip.Prefix) ref.Val { return types.Int(prefix.Bits()) }))),
		cel.Function("string", cel.Overload("cidr_to_string", []*cel.Type{kind}, text,
			on(func(prefix netip.Prefix) ref.Val { return types.String(prefix.String()) }))),
	}
}

func ofCIDR(call func(prefix netip.Prefix, other ref.Val) ref.Val) cel.OverloadOpt {
	return cel.BinaryBinding(func(first, second ref.Val) ref.Val {
		prefix, ok := first.(opaque[netip.Prefix])
		if !ok {
			return types.MaybeNoSuchOverloadErr(first)
		}
		return call(prefix.value, second)
	})
}
