#!/usr/bin/env bash
# The main job from end to end: an author's folder is tested and becomes an image, goes
# to a registry, is pulled by digest somewhere else and rendered there; it is compared
# with a next version, signed, carried to another registry in a file, and verified there. Each command is
# printed before it runs. Needs bin/packstage (`make build`) and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
packstage=bin/packstage
package=examples/packages/webapp

work=$(mktemp -d)
registry_pid=
cleanup() {
  [ -z "$registry_pid" ] || kill "$registry_pid" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

# Nothing of the user's own is used or left.
export PACKSTAGE_CACHE_DIR=$work/cache XDG_CONFIG_HOME=$work/config DOCKER_CONFIG=$work/docker

run() {
  echo
  echo "\$ $*"
  "$@"
}

echo "\$ $packstage registry serve --address 127.0.0.1:0 --dir DIR &"
"$packstage" registry serve --address 127.0.0.1:0 --dir "$work/registry" >"$work/address" &
registry_pid=$!
until [ -s "$work/address" ]; do
  kill -0 "$registry_pid" # it has not ended
  sleep 0.05
done
registry=$(head -n 1 "$work/address")
echo "$registry"

echo
echo "# As its author: is it valid, does it do what it should, will it go well?"
run "$packstage" validate "$package"
run "$packstage" test "$package" --coverage
run "$packstage" lint "$package"
run "$packstage" graph "$package"

echo
echo "# As an image."
run "$packstage" build "$package" -t "$registry/demo/webapp:v1" --push
run "$packstage" inspect "$registry/demo/webapp:v1"

echo
echo "\$ $packstage pull $registry/demo/webapp:v1 --output DIR"
digest=$("$packstage" pull "$registry/demo/webapp:v1" --output "$work/webapp")
echo "$digest"

run "$packstage" tree "$registry/demo/webapp@$digest"
run "$packstage" render "$registry/demo/webapp@$digest" --name shop --namespace shop >"$work/shop.yaml"
echo "$(grep -c '^kind:' "$work/shop.yaml") objects, the first lines:"
head -n 20 "$work/shop.yaml"

echo
echo "# What would the next version change?"
cp -R "$package" "$work/next"
sed -i.bak -e 's/maximum: 20/maximum: 10/' "$work/next/manifest.yaml" && rm "$work/next/manifest.yaml.bak"
run "$packstage" diff "$registry/demo/webapp:v1" "$work/next"

echo
echo "# Sign it, carry it to a registry that has nothing of it, and verify it there."
export PACKSTAGE_KEY_PASSWORD=demo
run "$packstage" sign --generate-key-pair "$work/demo"
run "$packstage" sign "$registry/demo/webapp@$digest" --key "$work/demo.key"
run "$packstage" attach sbom "$registry/demo/webapp@$digest"
run "$packstage" copy "$registry/demo/webapp:v1" "$work/webapp.tar" --with-referrers
run "$packstage" copy "$work/webapp.tar" "$registry/elsewhere/webapp:v1" --with-referrers
run "$packstage" referrers "$registry/elsewhere/webapp:v1"
cat >"$work/policy.yaml" <<POLICY
policies:
- prefix: $registry/elsewhere
  keys: [demo.pub]
  signedAs: [$registry/demo]
POLICY
run cat "$work/policy.yaml"
run "$packstage" tree "$registry/elsewhere/webapp:v1" --policy "$work/policy.yaml"
run "$packstage" versions "$registry/elsewhere/webapp" --all
