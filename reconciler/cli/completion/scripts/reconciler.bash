# Completion of reconciler in bash. In ~/.bashrc:  eval "$(reconciler completion bash)"
_reconciler_completion() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            plain) COMPREPLY+=("$value") ;;
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
        esac
    done <<< "$(
        _RECONCILER_COMPLETE=bash_complete COMP_LINE="${COMP_LINE:0:COMP_POINT}" \
            COMP_WORDBREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null
    )"
}

# In the order of the help where bash can keep one (4.4).
complete -o nosort -F _reconciler_completion reconciler 2>/dev/null ||
    complete -F _reconciler_completion reconciler
