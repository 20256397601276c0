/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the frame of a syslog line, before any decoder sees the line. It runs for every line of a log, also for lines
 * without a decoder, so it looks at fixed places first and searches only for the blanks between words. Never judges
 * what the message says.
 */
#include "agent/sensors/log/syslog.h"

#include "agent/base/rare.h"
#include "agent/sensors/log/log_cut.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/stamp.h"

#define REPEATS_MAX 1000000 /* a larger number was forged, or its writer is broken */

/* Take the next word of *rest and the blanks after it. Empty: there are no more. */
static inline struct str take_word(struct str *rest)
{
	while (rest->len && rest->data[0] == ' ') {
		rest->data++;
		rest->len--;
	}
	struct str word = {rest->data, scan_word(*rest)};

	rest->data += word.len;
	rest->len -= word.len;
	return word;
}

/* A tag that ends with a bracket and no number: gdm says "gdm-password]: ..." and "gdm-password][7]: ...". */
static RARE struct str cut_odd_bracket(struct str name)
{
	name.len--;
	return str_find_byte(name, '[') == SIZE_MAX ? name : STR_NONE;
}

/* The name without the process number, as in "[123]", at its end. Empty: the brackets have something else in them. */
static USUAL struct str take_pid(struct str name, uint32_t *pid)
{
	*pid = 0;
	if (name.data[name.len - 1] != ']')
		return name;
	uint32_t number;
	size_t digits = scan_number_back((struct str){name.data, name.len - 1}, &number);

	/* A name, a bracket, one to seven digits (pid_max is at most 2^22) and a bracket. */
	if (digits == 0 || digits > 7 || name.len < digits + 3 || name.data[name.len - digits - 2] != '[')
		return cut_odd_bracket(name);
	*pid = number;
	name.len -= digits + 2;
	name.len -= name.data[name.len - 1] == ']';
	return name;
}

/* The last part of a path, or all of a text that is not a path. */
static struct str base_name(struct str path)
{
	for (size_t at = path.len; at > 0; at--)
		if (path.data[at - 1] == '/')
			return str_sub(path, at, SIZE_MAX);
	return path;
}

/* `tag`: where the program's name begins. */
static void judge_cut(const char *tag, struct sensor_line *out)
{
	size_t len = (size_t)(out->line.data + out->line.len - tag);

	out->may_be_cut = len >= SENSOR_CUT_MIN && log_cut_may_be(out, tag);
}

/* The program's name without the brackets of old PAM, which begin its message: "sshd(pam_unix)[1]: ". */
static RARE struct str cut_module(struct str name, struct str rest, struct sensor_line *out)
{
	size_t at = str_find(name, STR("(pam_"));

	if (at == SIZE_MAX)
		return name;
	out->message = (struct str){name.data + at, (size_t)(rest.data + rest.len - name.data) - at};
	return str_sub(name, 0, at);
}

static USUAL bool take_tag(struct str word, struct str rest, struct sensor_line *out)
{
	struct str name = {word.data, word.len - 1};

	judge_cut(word.data, out);
	name = take_pid(name, &out->pid);
	if (name.len == 0)
		return false;
	if (name.data[0] == '/')
		name = base_name(name);
	out->message = rest;
	if (name.len && name.data[name.len - 1] == ')')
		name = cut_module(name, rest, out);
	else if (rest.len && rest.data[0] == ' ')
		out->message = str_sub(rest, 1, SIZE_MAX);
	out->program = name;
	return name.len > 0;
}

/* The same, where lines seldom have one. */
static RARE bool take_odd_tag(struct str word, struct str rest, struct sensor_line *out)
{
	return take_tag(word, rest, out);
}

static bool is_angled(struct str word)
{
	return word.len > 2 && word.data[0] == '<' && word.data[word.len - 1] == '>';
}

static bool is_name_byte(char c)
{
	return scan_is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 26;
}

/* A level, of which the length is known. It is read as one number with small letters, and blanks behind it. */
static RARE bool is_level_name(struct str word)
{
	uint64_t small = scan_padded(word) | scan_load("        ");

	switch (word.len) {
	case 3: return small == scan_load("err     ");
	case 4:
		return small == scan_load("warn    ") || small == scan_load("info    ") ||
		       small == scan_load("crit    ");
	case 5:
		return small == scan_load("error   ") || small == scan_load("debug   ") ||
		       small == scan_load("emerg   ") || small == scan_load("alert   ");
	case 6: return small == scan_load("notice  ");
	default: return small == scan_load("warning ");
	}
}

/* It is asked of every line's host, most of which have another first letter or length. */
static USUAL bool is_level(struct str word)
{
	const uint32_t firsts = 1u << ('a' & 31) | 1u << ('c' & 31) | 1u << ('d' & 31) | 1u << ('e' & 31) |
				1u << ('i' & 31) | 1u << ('n' & 31) | 1u << ('w' & 31);

	return word.len - 3 <= 4 && (firsts >> (word.data[0] & 31) & 1) && is_level_name(word);
}

/*
 * Whether a word is a facility and level: "authpriv.info" (BusyBox), "<4.6>" (FreeBSD's syslogd -vv), or what templates
 * of rsyslog and syslog-ng make of them: "AUTH.INFO", "auth,info", "auth/info", "auth:info" (AIX), "[auth.info]".
 */
static bool is_facility(struct str word)
{
	struct str level = word, facility;

	if (is_angled(word))
		return true;
	if (str_take(&level, STR("[")) && !str_take_back(&level, STR("]")))
		return false;
	for (facility = str_sub(level, 0, 0); facility.len < level.len && is_name_byte(level.data[facility.len]);)
		facility.len++;
	level = str_sub(level, facility.len, SIZE_MAX);
	if (facility.len < 2 || facility.len > 8 || level.len < 2 ||
	    str_find_byte(STR(".,:/|"), level.data[0]) == SIZE_MAX)
		return false;
	return is_level(str_sub(level, 1, SIZE_MAX));
}

/* Read ProFTPD's frame, which has no colon: "proftpd[123] server (client[address]): text". */
static bool is_bare_tag(struct str word)
{
	return word.len > 9 && word.data[word.len - 1] == ']' && memcmp(word.data, "proftpd[", 8) == 0;
}

static bool take_metalog(struct str word, struct str rest, struct sensor_line *out)
{
	struct str name = str_sub(word, 1, SIZE_MAX);

	str_take_back(&name, STR(":"));
	if (!str_take_back(&name, STR("]")) || name.len == 0)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] == '[' || name.data[i] == ']' || scan_is_digit(name.data[i]))
			return false;
	judge_cut(word.data, out);
	out->program = name;
	out->pid = 0;
	out->message = rest.len ? str_sub(rest, 1, SIZE_MAX) : rest;
	return true;
}

/* Take socklog's "auth.info: " and the stamp after it, which came with the message. */
static struct str skip_stamp(struct str rest)
{
	if (rest.len && rest.data[0] == ' ')
		rest = str_sub(rest, 1, SIZE_MAX);
	return str_sub(rest, stamp_length(rest), SIZE_MAX);
}

static bool is_tag(struct str word)
{
	return word.len > 1 && word.data[word.len - 1] == ':' && word.data[0] != '[';
}

/* FreeBSD's "<4.6>" stands before the host. */
static RARE struct str skip_angled(struct str rest)
{
	struct str behind = rest;

	return is_angled(take_word(&behind)) ? behind : rest;
}

/* Read what follows the stamp: at most one host and one facility, then the tag. */
static RARE bool take_head(struct str rest, struct sensor_line *out)
{
	if (rest.len > 1 && rest.data[1] == '<')
		rest = skip_angled(rest);
	struct str word = take_word(&rest);

	if (is_tag(word)) {
		if (!is_facility((struct str){word.data, word.len - 1}))
			return take_odd_tag(word, rest, out);
		rest = skip_stamp(rest);
	} else if (word.len && word.data[0] == '[' && !is_facility(word) && take_metalog(word, rest, out)) {
		return true;
	} else if (is_level(word)) { /* of an application's own log, and its client's text is behind it */
		return false;
	}
	for (int words = 0; words < 2; words++) {
		word = take_word(&rest);
		if (is_tag(word))
			return take_odd_tag(word, rest, out);
		if (is_bare_tag(word))
			return take_odd_tag((struct str){word.data, word.len + 1}, rest, out);
		if (!is_facility(word))
			return false;
	}
	return false;
}

/* What take_head() does of most lines, "host tag: ...", in fewer steps. False: it has to look. */
static USUAL bool take_usual_head(struct str rest, struct sensor_line *out)
{
	if (rest.len < 2 || rest.data[1] == '[' || rest.data[1] == '<')
		return false;
	struct str word = {rest.data + 1, scan_word((struct str){rest.data + 1, rest.len - 1})};

	if (word.len < 2 || word.len + 2 >= rest.len || word.data[word.len - 1] == ':' || is_level(word))
		return false;
	rest = (struct str){word.data + word.len + 1, rest.len - word.len - 2};
	word = (struct str){rest.data, scan_word(rest)};
	rest = (struct str){rest.data + word.len, rest.len - word.len};
	return is_tag(word) && take_tag(word, rest, out);
}

/* Take the structured data (RFC 5424 6.3): "-" or "[id name="value" ...]...", where '\' escapes the next byte. */
static bool take_structured(struct str *rest)
{
	bool quoted = false, inside = false;

	if (str_take(rest, STR("-")))
		return true;
	for (size_t i = 0; i < rest->len; i++) {
		char c = rest->data[i];

		if (!inside) {
			if (c != '[') {
				*rest = str_sub(*rest, i, SIZE_MAX);
				return i > 0;
			}
			inside = true;
		} else if (quoted && c == '\\') {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == ']' && !quoted) {
			inside = false;
		}
	}
	*rest = str_sub(*rest, rest->len, 0);
	return !inside;
}

/* `strict`: nothing before the fields says what they are, so that each must look like one. */
static RARE bool take_5424(struct str rest, bool strict, struct sensor_line *out)
{
	uint64_t pid = 0;

	take_word(&rest); /* host */
	out->program = base_name(take_word(&rest));
	struct str process = take_word(&rest);

	if (str_number(process, UINT32_MAX, &pid) != ERR_OK) {
		if (strict && !str_equal(process, STR("-")))
			return false;
		pid = 0;
	}
	take_word(&rest); /* message id */
	if (rest.len == 0 || str_equal(out->program, STR("-")) || out->program.len == 0)
		return false;
	rest = str_sub(rest, 1, SIZE_MAX);
	if (!take_structured(&rest))
		return false;
	str_take(&rest, STR(" "));
	str_take(&rest, STR("\xef\xbb\xbf"));
	judge_cut(out->program.data, out);
	out->pid = (uint32_t)pid;
	out->message = rest;
	return true;
}

static struct str skip_priority(struct str rest)
{
	if (rest.len < 3 || rest.data[0] != '<')
		return rest;
	for (size_t i = 1; i < 5 && i < rest.len; i++) {
		if (rest.data[i] == '>' && i > 1)
			return str_sub(rest, i + 1, SIZE_MAX);
		if (!scan_is_digit(rest.data[i]))
			return rest;
	}
	return rest;
}

/* Cut blanks, line ends and the NUL that some programs send from the end of a message. */
static struct str trim_end(struct str s)
{
	while (s.len && (unsigned char)s.data[s.len - 1] <= ' ')
		s.len--;
	return s;
}

/* Whether a stamp is one of RFC 5424, with date, time and zone: rsyslog writes its other fields without "<PRI>1". */
static bool is_written_out(struct str stamp)
{
	return stamp.len >= 20 && scan_is_digit(stamp.data[0]) && stamp.data[10] == 'T' && stamp_us(stamp) != 0;
}

bool syslog_frame(struct str line, struct sensor_line *out)
{
	struct str rest = line.len && line.data[0] == '<' ? skip_priority(line) : line;
	bool is_5424 = rest.len > 2 && rest.data[0] == '1' && rest.data[1] == ' ';

	if (is_5424)
		rest = str_sub(rest, 2, SIZE_MAX);
	size_t len = stamp_length(rest);

	if (len == 0 || len >= rest.len || rest.data[len] != ' ')
		return false;
	out->stamp = str_sub(rest, 0, len);
	out->line = line;
	rest = trim_end(str_sub(rest, len, SIZE_MAX));
	if (is_5424)
		return take_5424(rest, false, out);
	return take_usual_head(rest, out) || take_head(rest, out) ||
	       (is_written_out(out->stamp) && take_5424(rest, true, out));
}

bool syslog_behind(struct str line, size_t len, struct sensor_line *out)
{
	if (len >= line.len || line.data[len] != ' ')
		return false;
	out->stamp = str_sub(line, 0, len);
	out->line = line;
	return take_head(trim_end(str_sub(line, len, SIZE_MAX)), out);
}

/* Whether a word is a host name. An address is not, because lines of web servers begin with one. */
static bool is_name(struct str word)
{
	bool letter = false;

	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		letter = letter || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z');
		if (!scan_is_digit(c) && c != '.' && c != '-' && c != '_' && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			return false;
	}
	return letter;
}

bool syslog_unstamped(struct str line, struct sensor_line *out)
{
	struct str rest = line, word = take_word(&rest);

	if (is_name(word))
		word = take_word(&rest);
	if (word.len < 4 || word.data[word.len - 1] != ':' || word.data[word.len - 2] != ']')
		return false;
	out->line = line;
	out->stamp = STR_NONE;
	return take_odd_tag(word, trim_end(rest), out) && out->pid != 0;
}

int64_t syslog_stamp_us(struct str stamp)
{
	return stamp_us(stamp);
}

static uint32_t clamp_repeats(struct str digits)
{
	uint64_t count = 0;

	if (str_number(digits, REPEATS_MAX, &count) != ERR_OK)
		return 0;
	return (uint32_t)count;
}

/* syslog-ng: "Last message 'MSG' repeated 3 times, suppressed by syslog-ng on HOST"; MSG may say the same. */
static uint32_t suppressed(struct str *message)
{
	struct str rest = str_sub(*message, sizeof("Last message '") - 1, SIZE_MAX);
	size_t at = str_find_back(rest, STR("' repeated "));

	if (at == SIZE_MAX)
		return 0;
	struct str tail = str_sub(rest, at + sizeof("' repeated ") - 1, SIZE_MAX);
	uint32_t count = clamp_repeats(str_cut(&tail, ' '));

	if (count == 0 || !str_starts(tail, STR("times, suppressed by syslog-ng on ")))
		return 0;
	*message = str_sub(rest, 0, at);
	return count;
}

uint32_t syslog_repeats(struct str *message)
{
	struct str rest = *message;

	if (str_starts(rest, STR("Last message '")))
		return suppressed(message);
	if (!str_take(&rest, STR("message repeated ")))
		return 0;
	uint32_t count = clamp_repeats(str_cut(&rest, ' '));

	if (count == 0 || !str_take(&rest, STR("times: [")) || !str_take_back(&rest, STR("]")))
		return 0;
	str_take(&rest, STR(" "));
	*message = rest;
	return count;
}

/* A number, or the word that metalog has in place of a small one. */
static uint32_t how_often(struct str text)
{
	if (str_equal(text, STR("once")))
		return 1;
	return str_equal(text, STR("twice")) ? 2 : clamp_repeats(text);
}

/*
 * Whether a syslog daemon's own text may follow `head`: a host at most, and the daemon's name. Further on it would be
 * the text of another program.
 */
static bool is_own_place(struct str head)
{
	unsigned hosts = 0;

	str_take_back(&head, STR("syslogd:")); /* FreeBSD, NetBSD */
	for (;;) {
		struct str word = take_word(&head);

		if (word.len == 0)
			return hosts <= 1;
		hosts += !is_facility(word);
	}
}

uint32_t syslog_last_repeated(struct str line)
{
	static const struct {
		struct str before, after;
	} forms[] = {
		{STR(" last message repeated "), STR(" times")}, /* syslogd, sysklogd, BusyBox, Solaris */
		{STR(" last message repeated "), STR(" time(s)")},
		{STR(" last message buffered "), STR(" times")},
		{STR(" --- last message repeated "), STR(" times ---")}, /* macOS */
		{STR(" --- last message repeated "), STR(" time ---")},
		{STR(" Last output repeated "), STR(" times")}, /* metalog */
		{STR(" Last output repeated "), STR("")},
		{STR(" above message repeats "), STR(" times")},
		{STR(" previous message repeated "), STR(" times")},
	};
	struct str rest = skip_priority(line);
	size_t len = stamp_length(rest);

	if (len == 0 || line.len - len > 256)
		return 0;
	rest = trim_end(str_sub(rest, len, SIZE_MAX));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct str s = rest;
		size_t at = str_find(s, forms[i].before);

		if (at == SIZE_MAX || !str_take_back(&s, forms[i].after) || !is_own_place(str_sub(s, 0, at)))
			continue;
		uint32_t count = how_often(str_sub(s, at + forms[i].before.len, SIZE_MAX));

		if (count)
			return count;
	}
	return 0;
}
