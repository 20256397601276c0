# SPDX-License-Identifier: Apache-2.0
# Circles in a graph. In: "FROM TO WORD" per line, WORD being a reason for the arrow (a symbol, an include), sorted. Out,
# per circle: "NAME FIRST -: in a circle: FROM -> TO (WORD...), ...", where FIRST is its first node. Two nodes are in one
# circle when each reaches the other (strongly connected components, Tarjan 1972). -v name=NAME.

function visit(v, n, i, w, list)
{
	order[v] = low[v] = ++seen
	stack[++depth] = v
	waits[v] = 1
	n = split(arrows[v], list, " ")
	for (i = 1; i <= n; i++) {
		w = list[i]
		if (!(w in order)) {
			visit(w)
			if (low[w] < low[v])
				low[v] = low[w]
		} else if (waits[w] && order[w] < low[v]) {
			low[v] = order[w]
		}
	}
	if (low[v] == order[v])
		do {
			w = stack[depth--]
			waits[w] = 0
			component[w] = v
		} while (w != v)
}

$1 != $2 {
	if (!(($1, $2) in words)) {
		arrows[$1] = arrows[$1] " " $2
		from[++count] = $1
		to[count] = $2
	}
	if (index(words[$1, $2] " ", " " $3 " ") == 0)
		words[$1, $2] = words[$1, $2] " " $3
}

END {
	for (i = 1; i <= count; i++)
		if (!(from[i] in order))
			visit(from[i])
	for (i = 1; i <= count; i++) {
		c = component[from[i]]
		if (c != component[to[i]])
			continue
		if (!(c in circle))
			first[++circles] = c
		circle[c] = circle[c] (circle[c] == "" ? "" : ", ") from[i] " -> " to[i] " (" substr(words[from[i], to[i]], 2) ")"
	}
	for (i = 1; i <= circles; i++) {
		split(circle[first[i]], node, " ")
		print name " " node[1] " -: in a circle: " circle[first[i]]
	}
}
