#compdef reconciler
# Completion of reconciler in zsh. In ~/.zshrc, after compinit:
#   eval "$(reconciler completion zsh)"
_reconciler_completion() {
    local type value help
    local -a plain described answer
    local line="${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX"
    answer=("${(@f)$(
        _RECONCILER_COMPLETE=zsh_complete COMP_LINE=$line "${(Q)words[1]}" 2>/dev/null
    )}")
    for type value help in "${answer[@]}"; do
        case $type in
            plain)
                if [[ $help == _ ]]; then
                    plain+=("$value")
                else
                    described+=("$value:$help")
                fi
                ;;
            dir | file)
                [[ $PREFIX == -*=* ]] && compset -P '*='
                if [[ $type == dir ]]; then _path_files -/; else _path_files; fi
                ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _reconciler_completion "$@" # from a folder of $fpath
else
    compdef _reconciler_completion reconciler
fi
