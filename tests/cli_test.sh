#!/usr/bin/env bash
# Usage: tests/cli_test.sh FLATCHECK FAULTY_FLATCHECK
# The second one's engine takes priorities above 0 for 0.
# Checks the command line: exit statuses, what goes to which stream, and what files are left.
set -uo pipefail

sound=$(realpath -e "${1:?usage: cli_test.sh FLATCHECK FAULTY_FLATCHECK}") || exit 2
faulty=$(realpath -e "${2:?usage: cli_test.sh FLATCHECK FAULTY_FLATCHECK}") || exit 2
flatcheck=$sound
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
failures=0

fail() {
  echo "FAILED: $*" >&2
  sed 's/^/  out: /' out >&2
  sed 's/^/  err: /' err >&2
  failures=$((failures + 1))
}

# expect STATUS OUT ERR ARGUMENT...: both patterns are of grep -E; an empty one means no output.
expect() {
  local status=$1 out=$2 err=$3 actual
  shift 3
  "$flatcheck" "$@" > out 2> err < "${input:-/dev/null}"
  actual=$?
  [ "$actual" -eq "$status" ] || fail "flatcheck $*: status $actual, not $status"
  matches "$out" out || fail "flatcheck $*: output lacks: $out"
  matches "$err" err || fail "flatcheck $*: errors lack: $err"
}

matches() {
  if [ -z "$1" ]; then [ ! -s "$2" ]; else grep -Eq -- "$1" "$2"; fi
}

mkdir -p empty mixed/deep mixed/.hidden
cat > good.ops << 'END'
region m ram 0x1000  # one page
as A m
END
cat > good.out << 'END'
@1 region m ram 0x1000
@2 as A m
as A root=m fvroot=m nr=1
  0000000000000000-0000000000000fff m off=0x0 ro=0 nv=0 romd=1 log=0x0
@end depth=0
END
sed 's/nr=1/nr=2/' good.out > wrong.out
cp good.ops wrong.ops
printf 'begin\nregion m tape 1\n' > bad.ops
printf 'ignored\n' | tee mixed/README.md mixed/report.txt mixed/.hidden/bad.ops mixed/.bad.ops > mixed/stray.out
cp good.ops mixed/b.ops
printf '\050\000' > mixed/deep/a-crash

# Usage.
for command in '' trace map kvm replay enumerate convert check shrink repro explain; do
  expect 0 '^Usage: flatcheck' '' $command --help
  expect 0 '^flatcheck [0-9]' '' $command --version
done
expect 2 '' '^flatcheck: A subcommand is required'
expect 2 '' '^flatcheck: .*expected|required' nonsense
expect 2 '' 'FILE is required' trace
expect 2 '' 'FILE is required' map
expect 2 '' 'PATH is required' replay
expect 2 '' 'OUT is required' convert good.ops
expect 2 '' 'not expected: b' trace a b
expect 2 '' 'nonsense not in' trace --machine nonsense good.ops
for arguments in 'nonsense' 'trace' 'trace a b' 'replay --nonsense good.ops'; do
  expect 2 '' . $arguments
  [ "$(wc -l < err)" -eq 1 ] || fail "flatcheck $arguments: more than one line"
done

# KVM, where there is none: the device is hidden, and a line says so.
hide() {
  unshare --mount sh -c 'mount --bind /dev/null /dev/kvm && exec "$@"' hide "$sound" "$@"
}
if unshare --mount true 2> /dev/null && [ -e /dev/kvm ]; then
  hide kvm > out 2> err
  [ $? -eq 1 ] && grep -q '^KVM: SKIP (' out || fail "flatcheck kvm, without KVM"
  hide replay --kvm=real good.ops > out 2> err
  [ $? -eq 0 ] && grep -q '^KVM: SKIP (.*the fake kernel' err || fail "replay --kvm=real, without KVM"
else
  echo "SKIP (no /dev/kvm to hide, or no right to hide it)"
fi
expect 0 '^1 ok' '' replay --kvm=fake good.ops
expect 2 '' 'kvm' replay --kvm=nonsense good.ops

# trace
for machine in engine reference; do
  expect 0 '^@end' '' trace --machine $machine good.ops
  cmp -s out good.out || fail "$machine does not print good.out"
done
input=good.ops expect 0 '^@2 as A m$' '' trace -
expect 0 '^@1 begin$' '' trace mixed/deep/a-crash
expect 2 '' "^flatcheck: bad.ops:2: found 'tape', expected container, io" trace bad.ops
expect 2 '' '^flatcheck: absent.ops: cannot be read' trace absent.ops
expect 2 '' '^flatcheck: empty: found a folder' trace empty

# map
cat > two.ops << 'END'
region sys container 2^64
region m ram 0x2000
region d io 0x10
region &<" rom 0x1000
add sys 0 m
add sys 0x1000 d 1
add sys 0x8000 &<"
enable d 0
as cpu sys
as dma m
END
expect 0 '^address-space: cpu$' '' map two.ops
grep -q '^memory-region\|: d$' out && fail "a disabled region is shown"
expect 0 '    0000000000001000-000000000000100f \(prio 1, i/o\): d \[disabled\]' '' \
  map --disabled two.ops
expect 0 '^address-space: dma$' '' map --as dma two.ops
grep -q 'cpu\|sys' out && fail "another address space is shown"
input=two.ops expect 0 '^ AS "dma", root: m$' '' map - --format mtree-flat
expect 0 '^      #1 @0+\.\.0+1fff m \[not dirty\] \[ROOT\]$' '' \
  map two.ops --format mtree-dispatch --as dma
expect 0 '^BIOS-e820: \[mem 0x0{16}-0x0000000000001fff\] usable$' '' \
  map --format e820 --as cpu two.ops
expect 0 '^00008000-00008fff : &<"$' '' map --format iomem --as cpu two.ops
expect 0 '^00000000-00000fff : System RAM$' '' map --format iomem good.ops
expect 0 '"name": "&<\\""' '' map --format json two.ops
if command -v python3 > /dev/null; then
  python3 -c 'import json, sys; json.load(sys.stdin)["spaces"][1]["view"]' < out ||
    fail "not JSON, or not the document"
  "$flatcheck" map --format svg --as cpu two.ops |
    python3 -c 'import sys, xml.dom.minidom as xml; xml.parse(sys.stdin.buffer)' || fail "not XML"
fi
expect 0 '' '' map --format svg --as cpu two.ops -o two.svg
grep -q '<svg ' two.svg || fail "no picture is written"
expect 0 '' '' map mixed/deep/a-crash
for format in e820 iomem svg; do
  expect 2 '' '^flatcheck: two.ops: found 2 address spaces, expected --as cpu, dma$' \
    map --format $format two.ops
  expect 2 '' "^flatcheck: two.ops: found no address space 'x', expected cpu, dma$" \
    map --format $format --as x two.ops
  expect 2 '' 'found 0 address spaces, expected a program with one$' \
    map --format $format mixed/deep/a-crash
done
expect 2 '' "found no address space 'x', expected cpu, dma$" map --as x two.ops
expect 2 '' "found no address space '', expected cpu, dma$" map --as '' two.ops
expect 2 '' "found no address space 'x.x1b', expected cpu, dma$" map --as $'x\e' two.ops
# The refused end of an address space frees its name.
cat > again.ops << 'END'
region old ram 0x1000
region new ram 0x1000
as A old
listen L A 0
asdestroy A
as A new
END
expect 0 ': new$' '' map --as A again.ops
grep -q 'old' out && fail "the older of two address spaces is shown"
expect 2 '' "found no address space 'x', expected A$" map --as x again.ops
expect 2 '' 'found 2 address spaces, expected --as A$' map --format svg again.ops
printf 'region m ram 0x1000\nas A\033[31m m\n' > colour.ops
expect 2 '' "'x', expected A.x1b.31m$" map --as x colour.ops
expect 2 '' '^flatcheck: --disabled: found --format json, expected mtree$' \
  map --disabled --format json two.ops
expect 2 '' 'nonsense not in' map --format nonsense two.ops
expect 2 '' "^flatcheck: bad.ops:2: found 'tape', expected container, io" map bad.ops
expect 2 '' 'cannot be written' map two.ops -o absent/map
rm two.svg

# replay
expect 0 '^ok good.ops$' '' replay good.ops
expect 0 '^2 ok, 0 disagree, 0 unreadable$' '' replay mixed
[ "$(head -n 2 out)" = $'ok mixed/b.ops\nok mixed/deep/a-crash' ] || fail "not in order"
expect 1 '^DISAGREES wrong.ops$' '' replay wrong.ops
expect 1 '^engine against wrong.out, line 3:$' '' replay wrong.ops
expect 1 '^reference against wrong.out, line 3:$' '' replay wrong.ops
expect 1 '^  recorded  as A root=m fvroot=m nr=2$' '' replay wrong.ops
expect 2 '^1 ok, 0 disagree, 1 unreadable$' '^unreadable bad.ops:2: found' replay bad.ops good.ops
expect 1 '^0 ok, 1 disagree, 1 unreadable$' '^unreadable bad.ops' replay bad.ops wrong.ops
expect 2 '1 unreadable$' '^unreadable absent: found nothing' replay absent
expect 2 '1 unreadable$' '^unreadable empty: found no programs' replay empty

# convert
expect 0 '' '' convert good.ops bytes
expect 0 '' '' convert bytes back.ops
[ "$(cat back.ops)" = $'region r0 ram 0x1000\nas as0 r0' ] || fail "text changes through bytes"
expect 0 '' '' convert good.ops spelled.ops
cmp -s back.ops spelled.ops || fail "text to text is not canonical"
expect 0 '' '' convert back.ops again
cmp -s bytes again || fail "bytes change through text"
expect 0 '^as as0 r0$' '' convert bytes -
input=good.ops expect 0 '^region r0 ram 0x1000$' '' convert - -
chmod 600 back.ops
expect 0 '' '' convert bytes back.ops
[ "$(stat -c %a back.ops)" = 600 ] || fail "permissions change"
ln -s back.ops link.ops
expect 0 '' '' convert bytes link.ops
[ -L link.ops ] || fail "a link is replaced"
echo kept > kept.ops
expect 2 '' '^flatcheck: bad.ops:2: found' convert bad.ops kept.ops
[ "$(cat kept.ops)" = kept ] || fail "a bad program is written"
expect 2 '' 'cannot be written' convert good.ops absent/folder.ops
expect 2 '' 'found a folder' convert good.ops empty
[ -z "$(find . -name '*.ops.*')" ] || fail "temporary files are left"

# What commands about findings have in common: bad input.
: > empty.ops
: > empty-bytes
printf 'region m ram 0x10' > truncated.ops
printf 'as A' >> truncated.ops
head -c 4096 "$flatcheck" > noise.ops
head -c 100M /dev/zero > large
ln -s large large.ops
for command in check shrink repro 'explain -o page.html'; do
  expect 2 '' '^flatcheck: absent.ops: cannot be read' $command absent.ops
  expect 2 '' '^flatcheck: empty: found a folder' $command empty
  expect 2 '' '^flatcheck: empty.ops: found no operations, expected a program' $command empty.ops
  expect 2 '' '^flatcheck: empty-bytes: found no operations' $command empty-bytes
  expect 2 '' '^flatcheck: truncated.ops:1: found' $command truncated.ops
  expect 2 '' '^flatcheck: noise.ops:1: found' $command noise.ops
  expect 2 '' '^flatcheck: large: found more than' $command large
  expect 2 '' '^flatcheck: large.ops: found more than' $command large.ops
  [ "$(wc -l < err)" -eq 1 ] || fail "flatcheck $command large.ops: more than one line"
done
rm large large.ops
cat > sound.ops << 'END'
# A program that does not fail.
region m ram 0x1000
END
expect 1 '^does not fail$' '' check sound.ops
expect 1 '^does not fail$' '' check --signature views_agree-add-range.offset sound.ops
for seconds in 0 nan -1 x; do expect 2 '' 'timeout' check --timeout=$seconds sound.ops; done
expect 1 '^does not fail$' '' check --signature '' sound.ops
expect 0 '' '^sound.ops: does not fail$' shrink sound.ops -o new.ops
expect 0 '' '^sound.ops: does not fail$' repro sound.ops
[ "$(find . -name 'new*' -o -name 'sound*')" = ./sound.ops ] || fail "something is written"

# enumerate. (ctest runs all of a scope.)
expect 2 '' '--scope is required' enumerate
expect 2 '' 'X not in' enumerate --scope X
expect 0 '^scope S: 58,789 programs$' '' enumerate --scope S --count
expect 2 '' '^flatcheck: bad.ops: found something else, expected what this build' \
  enumerate --scope S --resume bad.ops
expect 2 '' '^flatcheck: empty: found a folder' enumerate --scope S --resume empty
interrupt_enumerate() {
  "$flatcheck" enumerate --scope M --jobs 2 --resume "$1" > out 2> err &
  while kill -0 $! 2> /dev/null && [ -z "$(cat /proc/$!/task/$!/children)" ]; do sleep 0.1; done
  kill -INT $!
  wait $!
}
interrupt_enumerate m.state
[ $? -eq 2 ] && grep -q '^flatcheck: interrupted; .* --resume m.state goes on$' err ||
  fail "enumerate does not end well when interrupted"
grep -q '^flatcheck enumerate --scope M: ' m.state || fail "enumerate leaves no state"
sed '2s/$/0/' m.state > changed.state
for arguments in 'M --resume changed.state' 'S --resume m.state'; do
  expect 2 '' 'state: found something else, expected what this build' enumerate --scope $arguments
done
"$faulty" enumerate --scope M --resume m.state > out 2> err
[ $? -eq 2 ] && grep -q 'expected what this build' err || fail "enumerate takes another's state"
interrupt_enumerate no/m.state
[ $? -eq 2 ] && grep -q '^flatcheck: no/m.state: cannot be written' err ||
  fail "enumerate loses its state without a word"
"$faulty" enumerate --scope S -o few.ops > out 2> err
[ $? -eq 1 ] && grep -Eq '^scope S: [0-9,]+ programs, 1 difference, [0-9]+ s$' out ||
  fail "enumerate does not find a fault"
grep -Eq '^few.ops: [0-9]+ of [0-9]+ operations$' out || fail "enumerate shrinks nothing"

# A finding.
flatcheck=$faulty
expect 0 '^[a-z]+_[a-z]+-' '' check few.ops
cat > bug.ops << 'END'
region sys container 0x10000
region low ram 0x8000
region high io 0x3000
region bus container 0x4000
begin
add sys 0 low 1
add sys 0x2000 bus
add bus 0x1000 high 7
commit
as mem sys
enable high 0
enable high 1
END
signature=views_agree-as-range.addresses
expect 0 "^$signature$" '' check bug.ops
expect 0 "^$signature$" '' check --signature $signature bug.ops
expect 1 "^$signature$" '' check --signature views_agree-as-range.count bug.ops
input=bug.ops expect 0 "^$signature$" '' check -
expect 0 '' '' convert bug.ops bug
expect 0 "^$signature$" '' check bug
expect 0 '' "^$signature: 12 operations to 6 in [0-9]+ executions, [0-9.]+ ms; no single step" \
  shrink bug.ops -o small.ops
expect 0 "^$signature$" '' check small.ops
[ "$(cat small.ops)" = "# $signature: range 1 of 1 differs in range.addresses
region r0 container 0x2000
region r1 ram 0x1000
region r2 ram 0x2000
add r0 0 r2 1
add r0 0 r1
as as0 r0" ] || fail "the program can be simpler"
input=bug.ops expect 0 '^add r0 0 r2 1$' ': 12 operations to 6 ' shrink -
expect 0 '' ': 12 operations to 6 ' shrink bug -o small
expect 0 "^$signature$" '' check small
expect 0 '' 'stopped by --executions' shrink --executions 3 bug.ops -o other.ops
expect 0 "^$signature$" '' check other.ops
cp small.ops small_before.ops
expect 0 $'^small_repro.ops' '' repro small.ops
[ "$(cat out)" = $'small_repro.ops\nsmall_test.cc\nsmall_qemu.c' ] || fail "not what is written"
cmp -s small.ops small_before.ops || fail "the program is overwritten"
expect 0 "^$signature$" '' check small_repro.ops
[ -s small_test.cc ] && [ -s small_qemu.c ] || fail "something is not written"
rm small_*
mkdir small_qemu.c
echo kept > small_test.cc
expect 2 '' 'small_qemu.c: found a folder' repro small.ops
[ "$(echo small_*) $(cat small_test.cc)" = 'small_qemu.c small_test.cc kept' ] ||
  fail "half of a reproduction is written"
expect 1 "^$signature$" '' check --signature '' small.ops
expect 2 '' 'found the program' explain small.ops -o ./small.ops
input=small.ops expect 2 '' 'expected a file that others can be written next to' repro -
expect 0 '' '' explain small.ops -o small.html
grep -q "$signature" small.html || fail "the page does not say what is wrong"
expect 1 '^DISAGREES small.ops$' '' replay small.ops
mkdir few
cp good.ops small.ops few
expect 1 '^ok few/good.ops$' '' replay few
expect 1 '^DISAGREES few/small.ops$' '' replay few
rm -r few
expect 2 '' 'cannot be written' shrink bug.ops -o absent/small.ops
expect 2 '' 'cannot be written' explain bug.ops -o absent/small.html
flatcheck=$sound
expect 0 '' '^small.ops: does not fail$' shrink small.ops -o new.ops
expect 0 '' '' explain small.ops -o agrees.html
[ ! -e new.ops ] || fail "a program that does not fail is written"

# Output that cannot be written.
for arguments in 'trace good.ops' 'map good.ops' 'replay good.ops' 'convert good.ops -' 'check good.ops' \
  'explain good.ops -o -' '--help'; do
  "$flatcheck" $arguments > /dev/full 2> err
  [ $? -eq 2 ] && grep -q 'cannot be written' err || fail "flatcheck $arguments > /dev/full"
  "$flatcheck" $arguments >&- 2> err
  [ $? -eq 2 ] && grep -q 'cannot be written' err || fail "flatcheck $arguments >&-"
done
for ((i = 0; i < 3000; ++i)); do echo "region r$i ram 0x1000"; done > long.ops
"$flatcheck" trace long.ops 2> err | true
[ "${PIPESTATUS[0]}" -eq 2 ] || fail "a reader that leaves early"

[ "$failures" -eq 0 ] || exit 1
