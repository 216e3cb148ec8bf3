# Completion of the omni command for bash. The command itself says what may
# stand there, so that this knows every command and option that it has.

_omni()
{
    local words=() word line item before='' i
    # Bash takes ":" and "=" for words of their own; put together what was
    # typed without a blank between.
    local rest=${COMP_LINE:0:COMP_POINT}
    for ((i = 1; i <= COMP_CWORD; ++i)); do
        item=${COMP_WORDS[i]}
        rest=${rest#*"${COMP_WORDS[i - 1]}"}
        if [[ ${#words[@]} -gt 0 && ${rest:0:1} != ' ' &&
            ($item == [:=]* || ${COMP_WORDS[i - 1]} == *[:=]) ]]; then
            words[${#words[@]} - 1]+=$item
        else
            words+=("$item")
        fi
    done
    word=${words[${#words[@]} - 1]}
    if [[ $word == *[:=]* ]]; then
        before=${word%"${word##*[:=]}"}
    fi
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :files | :directories)
                compopt -o filenames 2>/dev/null
                local -a names
                if [[ $line == :files ]]; then
                    mapfile -t names < <(compgen -f -- "${word##*=}")
                else
                    mapfile -t names < <(compgen -d -- "${word##*=}")
                fi
                COMPREPLY+=("${names[@]}")
                ;;
            *)
                item=${line%%$'\t'*}
                [[ $item == *[:=] ]] && compopt -o nospace 2>/dev/null
                printf -v item %q "${item#"$before"}"
                COMPREPLY+=("$item")
                ;;
        esac
    done < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
}

complete -F _omni omni
