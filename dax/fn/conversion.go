package fn

var conversion = []Func{}
