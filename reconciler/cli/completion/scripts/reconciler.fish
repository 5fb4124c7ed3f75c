# Completion of reconciler in fish:
#   reconciler completion fish > ~/.config/fish/completions/reconciler.fish
function _reconciler_completion
    set -l line (commandline --cut-at-cursor --current-process)
    set -l token (commandline --cut-at-cursor --current-token)
    set -l option (string match --regex -- '^-[^=]*=' $token)
    set -l path (string replace --regex -- '^-[^=]*=' '' $token)
    set -lx COMP_LINE "$line"
    set -lx _RECONCILER_COMPLETE fish_complete
    for answer in (reconciler 2>/dev/null)
        set -l parts (string split --max 1 , -- $answer)
        switch $parts[1]
            case plain
                printf '%s\n' $parts[2]
            case dir
                string join \n -- "$option"(__fish_complete_directories $path)
            case file
                string join \n -- "$option"(__fish_complete_path $path)
        end
    end
end

complete --command reconciler --no-files --keep-order \
    --arguments '(_reconciler_completion)'
