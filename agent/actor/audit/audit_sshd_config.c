/* SPDX-License-Identifier: Apache-2.0 */
/* Reads sshd_config(5) for the checks of the audit. Never judges what is set. */
#include "agent/actor/audit/audit_sshd_config.h"

#include "agent/base/buf.h"

#include <limits.h>
#include <stdio.h>

#define CONFIG "etc/ssh/sshd_config"
#define FILES_MAX 32 /* included */
#define DEPTH_MAX 4

struct reading {
	struct audit *a;
	void (*take)(void *context, const struct audit_sshd_line *line);
	void *context;
	bool match; /* what follows is in a Match, until its file ends */
	unsigned files;
};

static void read_file(struct reading *r, const char *path, unsigned depth);

struct str audit_sshd_word(struct str *rest)
{
	size_t len = 0;
	struct str word;

	*rest = str_trim(*rest);
	if (str_take(rest, STR("\"")))
		return str_cut(rest, '"');
	while (len < rest->len && rest->data[len] != ' ' && rest->data[len] != '\t')
		len++;
	word = str_sub(*rest, 0, len);
	*rest = str_sub(*rest, len, SIZE_MAX);
	return word;
}

/* The files of a directory that fit, in the order of their names, as glob(3) gives them. */
static void include_files(struct reading *r, const char *pattern, unsigned depth)
{
	static struct audit_names found[DEPTH_MAX];
	char path[SETTINGS_PATH_MAX + NAME_MAX + 2];

	audit_names_read(r->a, pattern, &found[depth]);
	for (unsigned i = 0; i < found[depth].count; i++) {
		snprintf(path, sizeof(path), "%s/%s", found[depth].dir, found[depth].names[i]);
		read_file(r, path, depth + 1);
	}
}

static void include(struct reading *r, struct str value, unsigned depth)
{
	char path[SETTINGS_PATH_MAX];
	struct str word;

	while (!str_empty(word = audit_sshd_word(&value))) {
		struct buf b = buf_over(path, sizeof(path) - 1);

		if (!str_take(&word, STR("/")))
			buf_text(&b, "etc/ssh/");
		buf_bytes(&b, word.data, word.len);
		if (buf_check(&b) != ERR_OK || depth + 1 >= DEPTH_MAX) {
			audit_skipped(r->a, "sshd_setting", word, "an Include that is too long or too deep");
			continue;
		}
		path[b.len] = '\0';
		include_files(r, path, depth);
	}
}

static void read_line(struct reading *r, struct str line, const char *path, unsigned depth)
{
	struct str value = str_trim(line), keyword;
	size_t len = 0;

	while (len < value.len && value.data[len] != ' ' && value.data[len] != '\t' && value.data[len] != '=')
		len++;
	keyword = str_sub(value, 0, len);
	value = str_trim(str_sub(value, len, SIZE_MAX));
	(void)str_take(&value, STR("="));
	if (str_empty(keyword) || keyword.data[0] == '#')
		return;
	if (str_equal_fold(keyword, STR("Include")))
		include(r, value, depth);
	else if (str_equal_fold(keyword, STR("Match")))
		r->match = true;
	else
		r->take(r->context, &(struct audit_sshd_line){keyword, str_trim(value), path, r->match});
}

static void read_file(struct reading *r, const char *path, unsigned depth)
{
	static char memory[DEPTH_MAX][AUDIT_FILE_MAX];
	bool match = r->match;
	struct str text;

	if (r->files++ >= FILES_MAX) {
		audit_skipped(r->a, "sshd_setting", str_from(path), "more files than are read");
		return;
	}
	if (audit_read(r->a, path, memory[depth], &text))
		while (!str_empty(text))
			read_line(r, str_cut(&text, '\n'), path, depth);
	r->match = match;
}

void audit_sshd_config(struct audit *a, void (*take)(void *context, const struct audit_sshd_line *line), void *context)
{
	struct reading r = {.a = a, .take = take, .context = context};

	read_file(&r, CONFIG, 0);
}
