# SPDX-License-Identifier: Apache-2.0
# Files that a program carries inside: X.json becomes the array X_json and its length X_json_len. A folder asks for one
# with "GROUP-y += gen/FOLDER/X_json.o".

$(O)/gen/%_json.c: %.json
	@$(say) EMBED $<
	$(Q)mkdir -p $(@D)
	$(Q){ echo 'extern const char $(notdir $*)_json[]; extern const unsigned $(notdir $*)_json_len;'; \
		echo 'const char $(notdir $*)_json[] = {'; od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; echo '};'; \
		echo 'const unsigned $(notdir $*)_json_len = sizeof($(notdir $*)_json);'; } >$@

# The console as it is served: each file compressed, and the table of all (server-stub/api/asset.h).
$(O)/gen/server-stub/console/assets.c: server-stub/console/dist $(wildcard server-stub/console/dist/*) ports/host/embed-dir.sh
	@$(say) EMBED $<
	$(Q)mkdir -p $(@D)
	$(Q)ports/host/embed-dir.sh $< >$@

# The configuration itself, of which auto.conf is the complete form (agent/actor/features.h).
$(O)/gen/agent/actor/features_text.c: $(O)/include/config/auto.conf
	@$(say) EMBED $<
	$(Q)mkdir -p $(@D)
	$(Q){ echo 'extern const char features_text[]; const char features_text[] ='; \
		grep CONFIG_ $< | sed 's/[\\"]/\\&/g; s/.*/"&\\n"/'; echo ';'; } >$@
