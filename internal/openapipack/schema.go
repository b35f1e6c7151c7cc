package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/packstage/packstage/internal/openapischema"
)

const refPrefix = "#/components/schemas/"

// schema is what is read of a schema in a document. What is not read (titles,
// descriptions, patch strategies) says nothing about what is valid.
type schema struct {
	Ref                  string             `json:"$ref"`
	AllOf                []*schema          `json:"allOf"`
	OneOf                []*schema          `json:"oneOf"`
	AnyOf                []*schema          `json:"anyOf"`
	Not                  *schema            `json:"not"`
	Type                 string             `json:"type"`
	Format               string             `json:"format"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties *schema            `json:"additionalProperties"`
	Items                *schema            `json:"items"`
	Required             []string           `json:"required"`
	Default              any                `json:"default"`
	Enum                 []string           `json:"enum"`
	ListType             string             `json:"x-kubernetes-list-type"`
	ListMapKeys          []string           `json:"x-kubernetes-list-map-keys"`
	Preserve             bool               `json:"x-kubernetes-preserve-unknown-fields"`
	Pattern              string             `json:"pattern"`
	Minimum              json.RawMessage    `json:"minimum"`
	Maximum              json.RawMessage    `json:"maximum"`
}

// special are definitions whose schema in the documents says less than the API
// server reads.
var special = map[string]openapischema.Node{
	"io.k8s.apimachinery.pkg.api.resource.Quantity":   {Format: openapischema.Quantity},
	"io.k8s.apimachinery.pkg.util.intstr.IntOrString": {Format: openapischema.IntOrString},
	"io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime":  {Type: "string", Format: openapischema.MicroTime},
	"io.k8s.apimachinery.pkg.runtime.RawExtension":    {},
	"io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1":   {},
	openapischema.SchemaDefinition + "OrBool":         {Format: openapischema.SchemaOrBool},
	openapischema.SchemaDefinition + "OrArray":        {Format: openapischema.SchemaOrArray},
	openapischema.SchemaDefinition + "OrStringArray":  {Format: openapischema.SchemaOrStringArray},
}

// node returns the node of a definition. Keywords that are in no document so far
// are errors, so that a release that has them is not packed without.
func (s *schema) node(name string) (*openapischema.Node, error) {
	if node, ok := special[name]; ok {
		return &node, nil
	}
	if len(s.OneOf) > 0 || len(s.AnyOf) > 0 || s.Not != nil || s.Preserve || s.Pattern != "" || s.Minimum != nil || s.Maximum != nil {
		return nil, fmt.Errorf("has a keyword that this program does not know how to pack")
	}
	if len(s.AllOf) > 0 {
		if len(s.AllOf) > 1 || s.AllOf[0].Ref == "" || s.Type != "" || len(s.Properties) > 0 {
			return nil, fmt.Errorf("has an allOf that is more than a reference")
		}
		s.Ref = s.AllOf[0].Ref
	}
	if s.Ref != "" {
		return &openapischema.Node{Ref: strings.TrimPrefix(s.Ref, refPrefix)}, nil
	}
	node := &openapischema.Node{
		Type: s.Type, Format: s.Format, Required: slices.Sorted(slices.Values(s.Required)), Enum: s.Enum, Default: s.Default,
	}
	if s.ListType == "map" || s.ListType == "set" {
		node.ListType, node.MapKeys = s.ListType, s.ListMapKeys
	}
	var err error
	for key, property := range s.Properties {
		if node.Properties == nil {
			node.Properties = map[string]*openapischema.Node{}
		}
		if node.Properties[key], err = property.node(""); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if s.AdditionalProperties != nil {
		if node.Additional, err = s.AdditionalProperties.node(""); err != nil {
			return nil, fmt.Errorf("additionalProperties: %w", err)
		}
	}
	if s.Items != nil {
		if node.Items, err = s.Items.node(""); err != nil {
			return nil, fmt.Errorf("items: %w", err)
		}
	}
	return node, nil
}
