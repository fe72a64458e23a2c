package fn

var mathematics = []Func{}
