/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenC2 command inside of an action, from and to base64. What its step says is judged by others. */
#include "server-stub/playbook/cacao_inner.h"

#include <mbedtls/base64.h>

#include <stdlib.h>
#include <string.h>

#define CONTENT_MAX 4096

json_t *cacao_command_of(const json_t *action)
{
	const json_t *command = json_array_get(json_object_get(action, "commands"), 0);
	const char *text = json_string_value(json_object_get(command, "content_b64"));
	unsigned char content[CONTENT_MAX];
	size_t len = 0;

	if (!text || mbedtls_base64_decode(content, sizeof(content), &len, (const unsigned char *)text, strlen(text)))
		return NULL;
	return json_loadb((const char *)content, len, JSON_REJECT_DUPLICATES, NULL);
}

json_t *cacao_step_of(const json_t *openc2)
{
	json_t *step = json_object_get(json_object_get(openc2, "target"), CACAO_TARGET);

	return json_is_string(json_object_get(step, "verb")) ? step : NULL;
}

json_t *cacao_command_text(const json_t *openc2)
{
	char *text = json_dumps(openc2, JSON_COMPACT | JSON_PRESERVE_ORDER);
	size_t len = text ? strlen(text) : 0, cap = len / 3 * 4 + 8, used = 0;
	char *coded = text ? malloc(cap) : NULL;
	json_t *out = NULL;

	if (coded && mbedtls_base64_encode((unsigned char *)coded, cap, &used, (unsigned char *)text, len) == 0)
		out = json_stringn(coded, used);
	free(coded);
	free(text);
	return out;
}
