package scaffold

// Topic says what a decision is about. Topics are stable; programs tell by them.
type Topic string

// Topics of decisions.
const (
	// TopicObject is about a whole object: kept, renamed, changed on its way.
	TopicObject Topic = "object"
	// TopicLeftOut is an object that is not in the package.
	TopicLeftOut Topic = "left-out"
	// TopicRemoved is a field that was taken out of an object.
	TopicRemoved Topic = "removed"
	// TopicScope is about the scopes of the package, and about namespaces.
	TopicScope Topic = "scope"
	// TopicPhase is about phases and what is in them.
	TopicPhase Topic = "phase"
	// TopicProbe is about availability probes.
	TopicProbe Topic = "probe"
	// TopicImage is about container images.
	TopicImage Topic = "image"
	// TopicConfig is about configuration properties.
	TopicConfig Topic = "config"
	// TopicFile is about files of the package.
	TopicFile Topic = "file"
	// TopicAttention is something that a person has to look at, since it could not be
	// decided for them.
	TopicAttention Topic = "attention"
)

// LeftOut is the message of decisions that say nothing but their topic TopicLeftOut.
const LeftOut = "left out"

// Decision is one thing that an import decided, for people to review.
type Decision struct {
	Topic Topic `json:"topic"`
	// Object names the object that it is about, as "Deployment shop/web", or is empty.
	Object string `json:"object,omitempty"`
	// Field is the field of the object or of the manifest, in the form of
	// diagnostic.FieldPath, or is empty.
	Field string `json:"field,omitempty"`
	// Origin is where the object came from, as in InputObject.
	Origin string `json:"origin,omitempty"`
	// Message says what was decided, and Reason why: clauses without a full stop.
	Message string `json:"message"`
	Reason  string `json:"reason,omitempty"`
}
