package fn

var text = []Func{}
