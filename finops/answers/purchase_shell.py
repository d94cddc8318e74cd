"""What does the purchase script say that is the same for every advice? Bash, from version 3.2 on.

``FUNCTIONS`` needs AS_OF and SINCE, ISO days; ``RUN`` calls ``totals`` and ``orders``, which are of the
advice. Each order is looked up and checked in a first pass; only then a second pass buys.
"""

from __future__ import annotations

from finops.answers.shell_speech import SPEECH

_SETTINGS = r"""
# Nothing is bought without PURCHASE=yes. Every order is looked up first: one that is not found exactly
# once, that costs more than advised, or that may have been bought before, stops the script before
# anything is bought. Orders of other accounts and of later days are left out, and named.
#   RECEIPTS=FILE   where it is written what was bought; by default beside this script. Keep it.
#   REPEAT=TOKEN    the Reserved Instance order of this token is bought although it may be bought already
PURCHASE=${PURCHASE:-no} ANYWHERE=${ANYWHERE:-}
REPEAT=${REPEAT:-}
RECEIPTS=${RECEIPTS:-$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)/purchases-$AS_OF.receipts}
TODAY=$(date -u +%Y-%m-%d)

""".lstrip("\n")

_ORDERS = r"""receipt() { [ -f "$RECEIPTS" ] && grep -q "^$1 $2\( \|\$\)" "$RECEIPTS"; }
OFFER='ReservedInstancesOfferingId,FixedPrice,RecurringCharges[0].Amount,UsagePrice'
OFFER=$OFFER,CurrencyCode,Scope,Duration,Marketplace
TAB=$'\t'
checking() { [ "$MODE" = check ]; }
told_to_repeat() { [ "$REPEAT" = "$1" ]; }

is_id() { [[ $1 =~ ^[A-Za-z0-9-]+$ ]] || stop "AWS answered '$1', which is no id: $2"; }
is_amount() {
  [[ $1 =~ ^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$ ]] || stop "AWS answered '$1', which is no price: $2"
}
at_most() { awk -v a="$1" -v b="$2" -v slack="$3" 'BEGIN { exit !(a + 0 <= b + slack) }'; }
only_one() {
  case $1 in
    '' | None) stop "AWS has no such offering: $2" ;;
    *$'\n'*) stop "AWS has more than one such offering: $2" ;;
  esac
}

# Whether an order is to be bought now, and from this account.
wanted() {
  local token=$1 day=$2 account=$3 title=$4
  # What any account may buy is bought from one that is named: from each, it would be bought again.
  if [ "${account:-$ANYWHERE}" != "$CALLER" ]; then
    elsewhere=$((elsewhere + 1))
    local from=${account:-${ANYWHERE:-"that runs nothing itself, named by ANYWHERE=ACCOUNT"}}
    if checking; then say "LEFT OUT, to be bought from account $from: $title"; fi
    return 1
  fi
  if [[ $day > $TODAY ]]; then
    later=$((later + 1))
    if checking; then say "LEFT OUT, to be bought from $day on: $title"; fi
    return 1
  fi
  if receipt bought "$token" && ! told_to_repeat "$token"; then
    before=$((before + 1))
    if checking; then say "LEFT OUT, bought already ($token): $title"; fi
    return 1
  fi
  if checking; then say "$title"; fi
}

# EC2 has no client token: what a lost receipts file would hide, the account itself tells.
not_bought_elsewhere() {
  local token=$1 title=$2 region=$3 type=$4 platform=$5 tenancy=$6 class=$7 payment=$8 seconds=$9
  local rows id start state of_platform of_tenancy
  if told_to_repeat "$token"; then return; fi
  if receipt begun "$token"; then
    stop "an earlier run began to buy this, and does not know whether it did: $title
Look it up (aws ec2 describe-reserved-instances --region $region). REPEAT=$token buys it (again)."
  fi
  rows=$(aws ec2 describe-reserved-instances --region "$region" --offering-class "$class" \
    --offering-type "$payment" --filters "Name=instance-type,Values=$type" \
    "Name=duration,Values=$seconds" Name=scope,Values=Region --output text \
    --query 'ReservedInstances[].[ReservedInstancesId,Start,State,ProductDescription,InstanceTenancy]')
  while IFS=$'\t' read -r id start state of_platform of_tenancy; do
    if [ -z "$id" ] || [ "$id" = None ] || [[ $start < $SINCE ]]; then continue; fi
    case $state in retired | payment-failed) continue ;; esac
    if [ "${of_platform% (Amazon VPC)}" != "$platform" ]; then continue; fi
    if [ "$of_tenancy" != "$tenancy" ]; then continue; fi
    if [ -f "$RECEIPTS" ] && grep -q " $id\$" "$RECEIPTS"; then continue; fi
    stop "the account has bought such Reserved Instances since $SINCE, which the advice does not know
($id): $title
Ask for new advice. REPEAT=$token buys it all the same."
  done <<< "$rows"
}

# One order of Reserved Instances. Prices are dollars of one instance, the limit of all of them.
reserved() {
  local token=$1 day=$2 account=$3 title=$4 region=$5 type=$6 platform=$7 tenancy=$8 class=$9
  shift 9
  local payment=$1 seconds=$2 count=$3 limit=$4 most_upfront=$5 most_hourly=$6
  local offering=offering_$token found id fixed hourly usage rest command
  wanted "$token" "$day" "$account" "$title" || return 0
  if checking; then
    found=$(aws ec2 describe-reserved-instances-offerings --region "$region" --instance-type "$type" \
      --product-description "$platform" --instance-tenancy "$tenancy" --offering-class "$class" \
      --offering-type "$payment" --no-include-marketplace \
      --filters "Name=duration,Values=$seconds" Name=scope,Values=Region --output text \
      --query "ReservedInstancesOfferings[].[$OFFER]")
    only_one "$found" "$title"
    IFS=$'\t' read -r id fixed hourly usage rest <<< "$found"
    hourly=${hourly/None/0}
    usage=${usage/None/0}
    is_id "$id" "$title"
    is_amount "$fixed" "$title"
    is_amount "$hourly" "$title"
    is_amount "$usage" "$title"
    [ "$rest" = "USD${TAB}Region${TAB}$seconds${TAB}False" ] ||
      stop "offering $id is another one ($rest): $title"
    hourly=$(awk -v a="$hourly" -v b="$usage" 'BEGIN { printf "%.6f", a + b }')
    # Half a cent, and half of a hundredth of a cent an hour, are roundings of price lists.
    if ! at_most "$fixed" "$most_upfront" 0.005 || ! at_most "$hourly" "$most_hourly" 0.00005; then
      stop "offering $id costs \$$fixed upfront and \$$hourly an hour for each instance, more than
advised (\$$most_upfront and \$$most_hourly): $title"
    fi
    not_bought_elsewhere "$token" "$title" "$region" "$type" "$platform" "$tenancy" "$class" \
      "$payment" "$seconds"
    printf -v "$offering" '%s' "$id"
  fi
  command=(aws ec2 purchase-reserved-instances-offering --region "$region"
    --reserved-instances-offering-id "${!offering}" --instance-count "$count")
  # The limit is what all instances may cost upfront (count x price). AWS holds it against offers of the
  # Marketplace, which the look-up leaves out: a second lock beside the comparison above. No Upfront has
  # no price that a limit could hold down, and a limit of nothing is none: there, the comparison of
  # the hourly price is the lock.
  if [ -n "$limit" ]; then command+=(--limit-price "Amount=$limit,CurrencyCode=USD"); fi
  buy "$token" "$title" ReservedInstancesId "${command[@]}"
}

# One order of a Savings Plan. Its token is AWS's client token: asked twice, AWS sells once.
plan() {
  local token=$1 day=$2 account=$3 title=$4 type=$5 region=$6 family=$7 payment=$8 seconds=$9
  shift 9
  local commitment=$1 upfront=$2
  local offering=offering_$token found id rest command
  wanted "$token" "$day" "$account" "$title" || return 0
  if checking; then
    command=(aws savingsplans describe-savings-plans-offerings --region us-east-1 --product-type EC2
      --plan-types "$type" --payment-options "$payment" --durations "$seconds" --currencies USD)
    if [ -n "$family" ]; then
      command+=(--filters "name=region,values=$region" "name=instanceFamily,values=$family")
    fi
    found=$("${command[@]}" --output text \
      --query 'searchResults[].[offeringId,planType,paymentOption,durationSeconds,currency]')
    only_one "$found" "$title"
    IFS=$'\t' read -r id rest <<< "$found"
    is_id "$id" "$title"
    [ "$rest" = "$type$TAB$payment$TAB$seconds${TAB}USD" ] ||
      stop "offering $id is another one ($rest): $title"
    printf -v "$offering" '%s' "$id"
  fi
  command=(aws savingsplans create-savings-plan --region us-east-1
    --savings-plan-offering-id "${!offering}" --commitment "$commitment" --client-token "$token")
  if [ -n "$upfront" ]; then command+=(--upfront-payment-amount "$upfront"); fi
  buy "$token" "$title" savingsPlanId "${command[@]}"
}

# Show the command; in the second pass run it, between two receipts, and without a second attempt.
buy() {
  local token=$1 title=$2 answer=$3 id
  shift 3
  if checking; then
    ready=$((ready + 1))
    show "$@"
    return
  fi
  say "Buying $title"
  printf 'begun %s\n' "$token" >> "$RECEIPTS"
  id=$(AWS_MAX_ATTEMPTS=1 "$@" --query "$answer" --output text) ||
    stop "AWS did not sell it, or did not say so: $title
Nothing after it was bought. What was is in $RECEIPTS."
  is_id "$id" "$title"
  printf 'bought %s %s\n' "$token" "$id" >> "$RECEIPTS"
  bought=$((bought + 1))
  say "Bought $id"
}
""".lstrip("\n")

FUNCTIONS = _SETTINGS + SPEECH + _ORDERS

RUN = r"""
for tool in aws awk grep; do
  command -v "$tool" > /dev/null || stop "this script needs '$tool', and there is none"
done
totals
CALLER=$(aws sts get-caller-identity --query Account --output text)
[[ $CALLER =~ ^[0-9]{12}$ ]] || stop "AWS answered '$CALLER', which is no account"
say "This is account $CALLER, and the day is $TODAY (UTC)."

if [ "$PURCHASE" = yes ]; then
  mkdir -- "$RECEIPTS.lock" ||
    stop "another run is buying, or was interrupted; if there is none, remove $RECEIPTS.lock"
  trap 'rmdir -- "$RECEIPTS.lock"' EXIT
fi
MODE=check ready=0 bought=0 before=0 later=0 elsewhere=0
orders
say "To buy now: $ready. Bought already: $before. For a later day: $later. Other accounts: $elsewhere."
if [ "$PURCHASE" != yes ]; then
  say "This was a dry run: nothing was bought. PURCHASE=yes buys."
  exit 0
fi
if [ "$ready" = 0 ] && [ "$elsewhere" != 0 ]; then
  stop "nothing was bought: what is left is for other accounts than $CALLER"
fi

MODE=buy
orders
say "Bought: $bought. The receipts are in $RECEIPTS."
""".lstrip("\n")
