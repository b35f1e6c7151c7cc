package cache

// DefaultFolderOn is DefaultFolder on another system.
var DefaultFolderOn = defaultFolder

// LeftoverAge is how long nothing was written to a leftover.
const LeftoverAge = leftoverAge

// Usage is the rough number of bytes.
func (c *Cache) Usage() (int64, error) { return c.usage() }

// AddUsage adds a line to the usage file.
func (c *Cache) AddUsage(bytes int64) { c.addUsage(bytes) }

// Lock holds the lock.
var Lock = (*Cache).lock
