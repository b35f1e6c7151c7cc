package packageloader

import (
	"path"
	"strings"
)

// mergeLayers puts layers on top of one another, the first at the bottom, as a
// container runtime does.
func mergeLayers(layers []*layer) map[string][]byte {
	if len(layers) == 1 {
		return layers[0].files // nothing is below it, and no file is a folder in it
	}
	root := &node{}
	for _, layer := range layers {
		// Whiteouts are about lower layers only, wherever they stand in theirs.
		for _, folder := range layer.emptied {
			if found := root.find(folder); found != nil {
				found.children = nil
			}
		}
		for _, removed := range layer.removed {
			root.remove(removed)
		}
		for _, folder := range layer.folders {
			if found := root.find(folder); found != nil && found.isFile {
				root.remove(folder)
			}
		}
		for file, content := range layer.files {
			folder, base := path.Split(file)
			// A file takes the place of a folder of its name.
			root.folder(strings.TrimSuffix(folder, "/")).put(base, &node{isFile: true, content: content})
		}
	}
	contents := map[string][]byte{}
	root.collect("", contents)
	return contents
}

// node is a file or folder. A tree makes taking a folder away a matter of one
// step, however many files are in it and however many are taken.
type node struct {
	isFile   bool
	content  []byte
	children map[string]*node
}

func (n *node) put(name string, child *node) {
	if n.children == nil {
		n.children = map[string]*node{}
	}
	n.children[name] = child
}

// find returns the node at a path, or nil; "" is the receiver.
func (n *node) find(path string) *node {
	if path == "" {
		return n
	}
	for element := range strings.SplitSeq(path, "/") {
		if n = n.children[element]; n == nil {
			return nil
		}
	}
	return n
}

func (n *node) remove(name string) {
	if name == "" {
		n.children = nil
		return
	}
	folder, base := path.Split(name)
	if parent := n.find(strings.TrimSuffix(folder, "/")); parent != nil {
		delete(parent.children, base)
	}
}

// folder returns the folder at a path, making it, and folders above it, where
// there is none; it takes the place of a file.
func (n *node) folder(path string) *node {
	if path == "" {
		return n
	}
	for element := range strings.SplitSeq(path, "/") {
		child := n.children[element]
		if child == nil || child.isFile {
			child = &node{}
			n.put(element, child)
		}
		n = child
	}
	return n
}

func (n *node) collect(prefix string, contents map[string][]byte) {
	for name, child := range n.children {
		if child.isFile {
			contents[prefix+name] = child.content
		} else {
			child.collect(prefix+name+"/", contents)
		}
	}
}
