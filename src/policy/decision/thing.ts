/** The object of a manage request. Who may manage a thing depends on the type of the thing. */
export type Thing =
  | {
      /**
       * The platform: everything that only an administrator may manage. Includes organizations, users, groups, aliases,
       * plans, restrictions and credits.
       */
      readonly type: 'platform'
    }
  | {
      /**
       * An organization. An actor that manages an organization may create teams and virtual accounts in the
       * organization.
       */
      readonly type: 'organization'
      /** The organization's id. */
      readonly id: string
    }
  | {
      /**
       * A team. An actor that manages a team may suspend, activate, rename and delete the team. Such an actor may also
       * assign and unassign access groups that the entitlement of the team's organization lists.
       */
      readonly type: 'team'
      /** The team's id. */
      readonly id: string
    }
  | {
      /** The members, the invitations and the virtual keys of a team. */
      readonly type: 'teamMembers'
      /** The team's id. */
      readonly id: string
    }
  | {
      /**
       * A virtual account and its tokens. An actor that manages a virtual account may also assign and unassign access
       * groups that the entitlement of the account's organization lists.
       */
      readonly type: 'virtualAccount'
      /** The virtual account's id. */
      readonly id: string
    }
  | {
      /** The settings, the models and the role grants of a provider account. */
      readonly type: 'providerAccount'
      /** The provider account's id. */
      readonly id: string
    }
  | {
      /**
       * The personal access tokens and the default team of a user. An actor that manages them may also accept and
       * decline the user's invitations, and remove the user from teams.
       */
      readonly type: 'userTokens'
      /** The user's id. */
      readonly id: string
    }
