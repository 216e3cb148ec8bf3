# Completion of the omni command for bash.

_omni_options()
{
    case $1 in
        init) echo --calling-code --deployment ;;
        import) echo --source --batch --sync --json ;;
        merge | split) echo --reason --author --json ;;
        timeline) echo --last --since --until --name --channel --json ;;
        check) echo --rebuild --json ;;
        refused | find | profile | digest | stats) echo --json ;;
    esac
}

_omni()
{
    local word=${COMP_WORDS[COMP_CWORD]}
    local before=${COMP_WORDS[COMP_CWORD - 1]}
    local commands='init import refused find profile timeline merge split
        digest dump check stats help'
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 || ${COMP_WORDS[1]} == help ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --version" -- "$word")
    elif [[ $before == --sync ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'full off' -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(
            compgen -W "$(_omni_options "${COMP_WORDS[1]}")" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        compopt -o filenames
    fi
}

complete -F _omni omni
