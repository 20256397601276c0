/* SPDX-License-Identifier: Apache-2.0 */
/* Passes jobs to the envoy's process, and what it answers back. */
#include "server-stub/outside/envoy.h"

#include "agent/base/str.h"
#include "server-stub/outside/aide.h"
#include "server-stub/outside/envoy_work.h"

#include <string.h>

static int work(int fd, const void *setup)
{
	return envoy_work(fd, setup);
}

enum err envoy_start(const struct envoy_setup *setup, struct aide **out)
{
	return aide_start(&(struct aide_setup){"caltrop-envoy", work, setup}, out);
}

enum err envoy_send(struct aide *envoy, const struct envoy_job *job)
{
	return aide_send(envoy, job, sizeof(*job));
}

/* It may be captured, and what it says goes to logs and people. */
static void clean(char *text, size_t size)
{
	char copy[ENVOY_TEXT_MAX];
	size_t len = strnlen(text, size < sizeof(copy) ? size : sizeof(copy));

	memcpy(copy, text, len);
	str_show((struct str){copy, len}, text, size);
}

enum err envoy_hear(struct aide *envoy, struct envoy_answer *answer)
{
	enum err err = aide_hear(envoy, answer, sizeof(*answer));

	if (err != ERR_OK)
		return err;
	clean(answer->text, sizeof(answer->text));
	clean(answer->identity.account, sizeof(answer->identity.account));
	clean(answer->identity.shown, sizeof(answer->identity.shown));
	clean(answer->identity.role, sizeof(answer->identity.role));
	answer->url[sizeof(answer->url) - 1] = '\0';
	return ERR_OK;
}
