# SPDX-License-Identifier: Apache-2.0
# Resolves Kconfig without Python, so that a build from a defconfig needs awk alone.
#
#   awk -v mode=MODE -v top=DIR [-v user=FILE] [-v seed=N] [-v on=SYMBOL] -f kconf.awk
#
# MODE: config    the complete .config that the answers in FILE lead to
#       min       FILE again, holding only what differs from the defaults (savedefconfig)
#       new       symbols that FILE does not answer (listnewconfig)
#       no, yes   every bool that has a prompt off, or on
#       random    every bool that has a prompt by the toss of a coin
#       symbols   every declared symbol, one per line, for the tidy check
#       check     nothing but the complaints about FILE
#
# The subset: source, mainmenu, menu, if, comment, config; bool, int, string; prompt, default, depends on, range,
# help. Neither choice nor select, which tidy keeps out. tests/tidy compares the results with Kconfiglib's.

function die(text)
{
	printf "kconf: %s\n", text > "/dev/stderr"
	failed = 1
	exit 1
}

function both(a, b) { return a == "" ? b : b == "" ? a : "(" a ") && (" b ")" }

# Splits "x if y" at the last " if " into the globals part_value and part_cond.
function split_cond(text,    at)
{
	part_value = text
	part_cond = ""
	if (match(text, / if [^"]*$/)) {
		at = RSTART
		part_value = substr(text, 1, at - 1)
		part_cond = substr(text, at + 4)
	}
	sub(/[ \t]+$/, "", part_value)
}

function unquote(text)
{
	if (text ~ /^".*"$/)
		text = substr(text, 2, length(text) - 2)
	return text
}

function enter(kind, cond)
{
	depth++
	block[depth] = kind
	outer[depth] = both(outer[depth - 1], cond)
}

function set_type(type, rest)
{
	type_of[sym] = type
	if (rest != "")
		set_prompt(rest)
}

function set_prompt(rest)
{
	split_cond(rest)
	prompt[sym] = unquote(part_value)
	prompt_if[sym] = part_cond
	has_prompt[sym] = 1
}

function add_default(rest,    n)
{
	split_cond(rest)
	n = ++default_n[sym]
	default_value[sym, n] = part_value
	default_if[sym, n] = part_cond
}

# One line of a Kconfig file. `sym` is the symbol whose attributes follow; "" inside a menu or a comment.
function parse(line, file, row,    word, rest, parts)
{
	word = line
	sub(/^[ \t]+/, "", word)
	rest = word
	sub(/[ \t].*$/, "", word)
	sub(/^[^ \t]+[ \t]*/, "", rest)
	if (word == "config") {
		sym = rest
		if (sym in index_of)
			die(file ":" row ": " sym " is declared twice")
		name[++count] = sym
		index_of[sym] = count
		depends[sym] = outer[depth]
	} else if (word == "bool" || word == "int" || word == "string") {
		set_type(word, rest)
	} else if (word == "prompt") {
		set_prompt(rest)
	} else if (word == "default") {
		add_default(rest)
	} else if (word == "range") {
		split(rest, parts, /[ \t]+/)
		low[sym] = parts[1]
		high[sym] = parts[2]
	} else if (word == "depends") {
		sub(/^on[ \t]+/, "", rest)
		if (sym != "")
			depends[sym] = both(depends[sym], rest)
		else
			outer[depth] = both(outer[depth], rest)
	} else if (word == "menu" || word == "if") {
		sym = ""
		enter(word, word == "if" ? rest : "")
	} else if (word == "endmenu" || word == "endif") {
		if (block[depth] != substr(word, 4))
			die(file ":" row ": " word " without " substr(word, 4))
		depth--
		sym = ""
	} else if (word == "source") {
		read_kconfig(unquote(rest))
	} else if (word == "mainmenu" || word == "comment") {
		sym = ""
	} else {
		die(file ":" row ": cannot read `" word "'")
	}
}

function read_kconfig(file,    line, row, help, indent, path, status)
{
	path = top "/" file
	while ((status = (getline line < path)) > 0) {
		row++
		if (help) {
			if (line ~ /^[ \t]*$/)
				continue
			match(line, /^[ \t]*/)
			if (help == 1)
				indent = RLENGTH
			help = 2
			if (RLENGTH >= indent && indent > 0)
				continue
			help = 0
		}
		if (line ~ /^[ \t]*(#|$)/)
			continue
		if (line ~ /^[ \t]*help[ \t]*$/) {
			help = 1
			continue
		}
		parse(line, file, row)
	}
	if (status < 0)
		die("cannot read " path)
	close(path)
}

function read_user(file,    line, key, status)
{
	while ((status = (getline line < file)) > 0) {
		if (line ~ /^# CONFIG_[A-Z0-9_]+ is not set$/) {
			key = substr(line, 10)
			sub(/ .*$/, "", key)
			answer[key] = "n"
		} else if (line ~ /^CONFIG_[A-Z0-9_]+=/) {
			key = substr(line, 8)
			sub(/=.*$/, "", key)
			sub(/^[^=]*=/, "", line)
			answer[key] = unquote(line)
		} else {
			continue
		}
		if (!(key in index_of))
			printf "kconf: %s: CONFIG_%s is not known, ignored\n", file, key > "/dev/stderr"
	}
	if (status < 0)
		die("cannot read " file)
	close(file)
}

# Expressions: or := and {"||" and}; and := not {"&&" not}; not := "!" not | "(" or ")" | term [("="|"!=") term].
# The rest of the text being read is rest_of[level], one level per symbol under evaluation.
function holds(text,    result)
{
	if (text == "")
		return 1
	level++
	rest_of[level] = text
	result = read_or()
	if (rest_of[level] !~ /^[ \t]*$/)
		die("cannot read expression `" text "'")
	level--
	return result
}

function accept(token,    text)
{
	text = rest_of[level]
	sub(/^[ \t]+/, "", text)
	if (substr(text, 1, length(token)) != token)
		return 0
	rest_of[level] = substr(text, length(token) + 1)
	return 1
}

function read_or(    result)
{
	result = read_and()
	while (accept("||"))
		result = read_and() || result
	return result
}

function read_and(    result)
{
	result = read_not()
	while (accept("&&"))
		result = read_not() && result
	return result
}

function read_not(    result, left)
{
	if (accept("!="))
		die("misplaced !=")
	if (accept("!"))
		return !read_not()
	if (accept("(")) {
		result = read_or()
		if (!accept(")"))
			die("missing )")
		return result
	}
	left = read_term()
	if (accept("!="))
		return left != read_term()
	if (accept("="))
		return left == read_term()
	return left == "y"
}

function read_term(    text, term)
{
	text = rest_of[level]
	sub(/^[ \t]+/, "", text)
	if (!match(text, /^("[^"]*"|[A-Za-z0-9_]+)/))
		die("cannot read `" text "'")
	term = substr(text, 1, RLENGTH)
	rest_of[level] = substr(text, RLENGTH + 1)
	return term ~ /^"/ ? unquote(term) : term in index_of ? value_of(term) : term
}

function clamp(s, v)
{
	if (type_of[s] == "int" && (s in low)) {
		if (v + 0 < low[s] + 0)
			v = low[s]
		if (v + 0 > high[s] + 0)
			v = high[s]
	}
	return v
}

# What the symbol is when nobody answers.
function default_of(s,    n, v)
{
	if (!holds(depends[s]))
		return type_of[s] == "bool" ? "n" : ""
	for (n = 1; n <= default_n[s]; n++) {
		if (!holds(default_if[s, n]))
			continue
		v = default_value[s, n]
		if (type_of[s] == "bool")
			return holds(v) ? "y" : "n"
		return clamp(s, v ~ /^"/ ? unquote(v) : (v in index_of) ? value_of(v) : v)
	}
	return type_of[s] == "bool" ? "n" : ""
}

function visible(s) { return has_prompt[s] && holds(both(depends[s], prompt_if[s])) }

function value_of(s)
{
	if (s in value)
		return value[s]
	if (s in busy)
		die(s " depends on itself")
	busy[s] = 1
	value[s] = (s in answer) && visible(s) ? clamp(s, answer[s]) : default_of(s)
	delete busy[s]
	return value[s]
}

function show(s,    v)
{
	v = value_of(s)
	if (type_of[s] == "bool")
		return v == "y" ? "CONFIG_" s "=y" : "# CONFIG_" s " is not set"
	return "CONFIG_" s "=" (type_of[s] == "string" ? "\"" v "\"" : v)
}

function check_answers(    s)
{
	for (s in answer)
		if ((s in index_of) && value_of(s) != answer[s] && !(answer[s] == "n" && value_of(s) == ""))
			printf "kconf: CONFIG_%s=%s cannot be: it is \"%s\" (dependencies or range)\n", s, answer[s],
				value_of(s) > "/dev/stderr"
}

BEGIN {
	read_kconfig("Kconfig")
	if (user != "")
		read_user(user)
	srand(seed + 0)
	for (i = 1; i <= count; i++) {
		s = name[i]
		if (type_of[s] != "bool" || !has_prompt[s])
			continue
		if (mode == "no" || mode == "yes")
			answer[s] = mode == "yes" ? "y" : "n"
		if (mode == "random")
			answer[s] = rand() < 0.5 ? "y" : "n"
	}
	if (on != "")
		answer[on] = "y"
	if (mode == "config" || mode == "check")
		check_answers()
	if (mode == "config" || mode == "no" || mode == "yes" || mode == "random")
		print "# Written by the build; `make menuconfig` changes it."
	for (i = 1; i <= count && mode != "check"; i++) {
		s = name[i]
		if (mode == "symbols")
			print s
		else if (mode == "min" && visible(s) && value_of(s) != default_of(s))
			print show(s)
		else if (mode == "new" && visible(s) && !(s in answer))
			print show(s)
		else if (mode != "min" && mode != "new" && (visible(s) || value_of(s) != (type_of[s] == "bool" ? "n" : "")))
			print show(s)
	}
	exit failed
}
