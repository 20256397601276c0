#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A program that encrypts files is known by what becomes of them, whatever it calls them: openssl over a tree, from a shell that
# starts one for each file, and a program of its own that overwrites. Who copies, unpacks, edits, packs or checks out as many
# files raises nothing above low.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no RULES=yes		# in a user namespace the kernel names no process
world_enter "$@"
[ -e /usr/local/share/caltrop/caltrop-rules.pack ] || skip "no pack was built"
cast; log_new
share=/srv/share work=/srv/work other=/srv/other
mkdir -p $share $work $other /srv/from
# Texts, pictures, programs and archives; a picture is packed, and only its beginning says that it is one.
fill()
{
	for i in {1..16}; do
		seq $((i * 1000)) $((i * 1000 + 999)) >"$1/sums$i.csv"
		{ printf '\xff\xd8\xff\xe0'; head -c 8192 /dev/urandom; } >"$1/view$i.jpg"
		cp /usr/bin/true "$1/tool$i"; printf '%s' "$i" >>"$1/tool$i"
		seq "$i" 900 | gzip >"$1/old$i.gz"
	done
}
fill $share; fill $other; fill /srv/from
guard_conf <<-END
	[files]
	enabled = yes
	watch = $share/, $work/, $other/
END
guard_start
knows() { [ "$(counter file_known)" -ge 128 ]; }
incidents() { on device caltrop local incidents --json; }
found() { incidents | jq -e --arg r "$1" --arg s "$2" 'any(.. | objects; .rule? == $r) and any(.. | strings; contains($s))' >/dev/null; }
# What is above low, by which program: one line each.
loud() { incidents | jq -c '.. | objects | select((.severity? // .level?) | IN("medium", "high", "critical")) | {subject, rule, severity, level}'; }
quiet() { [ -z "$(loud)" ] || { loud; false; }; }
# Beyond some hundred changes a minute the guard tells how many there were, and still of each file that became unreadable.
changes() { echo $(($(counter file_changes) + $(counter file_missed))); }
seen() { [ "$(changes)" -gt "$1" ]; }
# by TEXT COMMAND...: done, and looked at.
by() { local text=$1 was; was=$(changes); shift; "$@" >/dev/null || fail "$text"; wait_for 20 "$text is seen" seen "$was"; }
rule=c1d7f0a2-64b9-4d3c-8a5e-0f6e2b9c7d18
wait_for 20 "what is there is known" knows

by "cp" cp -r /srv/from/. $work/
tar -C /srv/from -cf /tmp/from.tar .
rm -f $work/*
by "tar" tar -C $work -xf /tmp/from.tar
by "sed -i" sed -i s/1/2/ $work/*.csv
by "gzip" gzip -q $work/*.csv
by "gunzip" gunzip $work/sums*.gz
by "mv" eval 'for f in $work/*.jpg; do mv "$f" "${f%.jpg}.jpeg"; done'
by "rm" rm $work/*.jpeg
if command -v rsync >/dev/null; then by "rsync" rsync -a --delete /srv/from/ $work/; fi
if command -v git >/dev/null; then
	git -C $work init -q && git -C $work add -A && git -C $work -c user.name=a -c user.email=a@example commit -qm one
	rm -f $work/*.csv
	by "git checkout" git -C $work checkout -q -- .
fi
check "none of it is above low" quiet

# Each file by an openssl of its own, which the shell starts; the original is removed by another program.
cat >/tmp/crypt <<'END'
	echo key >/tmp/key
	for f in "$1"/*; do openssl enc -aes-256-cbc -pbkdf2 -iter 10 -pass file:/tmp/key -in "$f" -out "$f.x7q" && rm "$f"; done
	touch "/tmp/done$$"; exec sleep 600
END
start shell on device bash /tmp/crypt $share
wait_for 60 "openssl over a tree is found, as the shell's" found $rule "bash[$PID_shell]"
# A program that overwrites, and gives no other names.
cat >/tmp/overwrite <<'END'
	my $dir = shift; my @key = map { int rand 256 } 1 .. 8192;
	for my $path (sort glob "$dir/*") {
		open my $f, '+<:raw', $path or next; local $/; my $i = 0;
		my $text = join '', map { chr(ord($_) ^ $key[$i++ % 8192]) } split //, <$f>;
		seek $f, 0, 0; print $f $text; close $f;
	}
	sleep 600;
END
start perl on device perl /tmp/overwrite $other
wait_for 60 "a program that overwrites files is found" found $rule "perl[$PID_perl]"
check "both are above low" [ "$(loud | grep -cE "bash|perl")" -ge 2 ]
check "nothing else is above low" [ -z "$(loud | grep -vE 'bash|perl|openssl')" ]
ok "encrypting is told from other work"
