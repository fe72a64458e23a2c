package fn

var bits = []Func{}
