# `make demo` does the main job, `make test` passes the tests; both need only Go.
.DEFAULT_GOAL := build
.PHONY: schemas release build test race lint conformance demo bench bench-stages bench-growth bench-memory bench-process bench-author bench-profile bench-go bench-guard bench-guard-update bench-guard-against fuzz e2e e2e-tools cross check generate cluster-test cluster-tools equality stress bench-install cluster

GO ?= go
TOOLS := -modfile=.ci/tools.mod
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 30s
BENCHTIME ?= 5x

build: ## the CLI, in bin/
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/packstage ./cmd/packstage

test: ## all tests of the library, the CLI and the examples; no network, no root
	$(GO) test -timeout 30m ./...
	cd examples/operator && $(GO) test -timeout 30m ./...

race: ## the same with the race detector, in random order
	$(GO) test -race -shuffle=on -timeout 40m ./...
	cd examples/operator && $(GO) test -race -shuffle=on -timeout 40m ./...

lint: ## gofmt, vet, golangci-lint, tidy
	files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo "gofmt has something to say about:" $$files >&2; exit 1; fi
	$(GO) vet ./...
	$(GO) tool $(TOOLS) golangci-lint run ./...
	$(GO) mod tidy -diff
	cd examples/operator && $(GO) mod tidy -diff && $(GO) vet ./... && $(GO) tool -modfile=../../.ci/tools.mod golangci-lint run --config ../../.golangci.yml ./...
	cd test && $(GO) mod tidy -diff
	cd test && $(GO) tool -modfile=../.ci/tools.mod golangci-lint run --config ../.golangci.yml ./...

conformance: ## every case of the conformance set, where there is one
	cd test && $(GO) test -count=1 -timeout 30m ./conformance/

e2e: e2e-tools ## against the oracles, registries and tools of others: the API server's admission, distribution, cosign, crane, oras, skopeo
	cd test && $(GO) test -count=1 -timeout 30m $$($(GO) list ./... | grep -v /test/cluster)

cluster-test: cluster-tools ## against a real API server, with its controllers and nodes that exist only in the API
	cd test && $(GO) test -count=1 -p 1 -timeout 40m ./cluster/... ./clustertest/

bench-install: cluster-tools ## the tables of docs/performance.md on installing, beside kapp and helm
	cd test && $(GO) test -count=1 -timeout 40m ./cluster/compare -run TestCompare -v -rounds 5 -write ../../../docs/performance.md

cluster: cluster-tools ## a real API server to try things in, until Ctrl-C; prints its KUBECONFIG
	cd test && $(GO) run ./cluster/serve

cluster-tools: ## what cluster-test runs, built once, in .cache/cluster
	GO='$(GO)' ./.ci/cluster-tools

e2e-tools: ## what e2e runs against and no package has, built once, in .cache/bin
	GO='$(GO)' ./.ci/e2e-tools

demo: build ## registry, build, push, inspect, pull by digest, render
	./examples/demo.sh

equality: ## 1,000 random packages rendered by an oracle and in five ways: the same digests
	$(GO) test -count=1 -timeout 40m ./internal/plainrender -run TestRandomPackages -packages 1000

stress: ## 64 goroutines render 8 packages for a minute, with the race detector
	$(GO) test -race -count=1 -timeout 30m ./internal/plainrender -run 'TestStress|TestCancel' -stress 1m

bench: bench-stages bench-growth bench-memory bench-process bench-author bench-profile bench-go ## all of docs/performance.md but the installing; a quarter of an hour on a machine that does nothing else

bench-stages: ## the table of docs/performance.md, and its rounds for benchstat; a minute or two
	$(GO) run ./internal/benchmark -benchtime $(BENCHTIME) -write docs/performance.md -gobench docs/benchmarks/stages.txt

bench-growth: ## growth by objects, definitions and templates, with its drawings; some minutes and 4 GB of memory
	$(GO) run ./internal/benchmark growth -write docs/performance.md

bench-memory: ## many configurations, many packages, and layers on their way; a minute or two
	$(GO) run ./internal/benchmark memory -write docs/performance.md

bench-process: ## packstage render beside helm template, as processes; a minute
	GO='$(GO)' ./.ci/e2e-tools helm
	$(GO) run ./internal/benchmark process -helm .cache/bin/helm -write docs/performance.md

bench-author: ## test cases and watching a folder, as processes; some minutes and 500 MB of disk
	$(GO) run ./internal/benchmark author -write docs/performance.md

bench-profile: ## where the time goes, for docs/performance.md; a minute
	$(GO) run ./internal/benchmark profile -write docs/performance.md

bench-go: ## the Go benchmarks, in docs/benchmarks for benchstat; some minutes
	$(GO) test -run '^$$' -bench . -benchmem -cpu 2 -count 6 -benchtime 0.5s ./packageloader > docs/benchmarks/packageloader.txt
	$(GO) test -run '^$$' -bench . -benchmem -cpu 2 -count 6 -benchtime 0.5s ./packagebuilder > docs/benchmarks/packagebuilder.txt
	$(GO) tool $(TOOLS) benchstat docs/benchmarks/packageloader.txt docs/benchmarks/packagebuilder.txt

bench-guard: ## fails where allocations, or processor time over a yardstick's, got worse than docs/benchmarks/guard.json
	GO='$(GO)' ./.ci/guard

bench-guard-update: ## writes docs/benchmarks/guard.json
	$(GO) run ./internal/benchmark guard -update docs/benchmarks/guard.json

bench-guard-against: ## fails where allocations or processor time got worse than at BASE, a commit that is measured in the same run
	GO='$(GO)' ./.ci/guard-against '$(BASE)'

fuzz: ## each fuzz target for FUZZTIME
	./.ci/fuzz $(FUZZTIME)

cross: ## the CLI for every platform it is released for
	for os in linux darwin windows; do for arch in amd64 arm64; do \
		echo "$$os/$$arch"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/packstage-$$os-$$arch ./cmd/packstage || exit 1; \
	done; done

release: ## in dist/, for VERSION: archives, bills of materials, checksums (signed with KEY), container image, Homebrew formula
	$(GO) run ./internal/release -version $(VERSION) -output dist -time $$(git log -1 --format=%ct) $(if $(KEY),-key $(KEY))

generate: ## golden files and generated documents; changes nothing where they are current
	$(GO) test -count=1 $$(grep -lr --include='*_test.go' 'flag.Bool("update"' . | grep -v '^./test/' | xargs -n1 dirname | sort -u) -update
	cd test && $(GO) test -count=1 ./admission -update

schemas: ## the schemas of Kubernetes that the program carries; fetches k8s.io/kubernetes from the module proxy
	$(GO) run ./internal/openapipack

check: lint test conformance ## what has to pass before a change lands
